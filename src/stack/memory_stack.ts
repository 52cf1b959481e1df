import { emptySamples, sampleTypeOf } from "./samples.ts";
import { InputError } from "../errors.ts";
import type { Slice, StackInfo, StackReader, VoxelSize } from "./stack.ts";

/** What is known of samples that come from a program rather than a file. */
export interface StackDescription {
  /** Time points and channels are 1 where they are left out. */
  readonly sizes: Readonly<Partial<Record<"t" | "c", number>> & Record<"z" | "y" | "x", number>>;
  readonly voxelSize?: VoxelSize;
  /** How messages call it; "the stack" by default. */
  readonly name?: string;
}

/** A stack in memory. */
export class Stack implements StackReader {
  readonly name: string;
  readonly info: StackInfo;
  /** All samples, [t][c][z][y][x], x fastest. */
  readonly data: Slice;

  constructor(name: string, info: StackInfo, data: Slice) {
    this.name = name;
    this.info = info;
    this.data = data;
  }

  /**
   * A stack of samples in memory, [t][c][z][y][x]; they are not copied. Throws an InputError
   * where there are more or fewer than `sizes` say.
   */
  static of(data: Slice, description: StackDescription): Stack {
    const { sizes, voxelSize = { unit: "" }, name = "the stack" } = description;
    const all = { t: 1, c: 1, ...sizes };
    const expected = all.t * all.c * all.z * all.y * all.x;
    if (data.length !== expected) {
      throw new InputError(`${name} has ${data.length} samples, and its sizes say ${expected}.`);
    }
    const sampleType = sampleTypeOf(data);
    return new Stack(name, {
      sizes: all,
      sampleType,
      storedType: sampleType,
      voxelSize,
      format: "memory",
      notes: [],
    }, data);
  }

  readSlice(t: number, c: number, z: number): Promise<Slice> {
    const from = sliceStart(this.info.sizes, t, c, z);
    return Promise.resolve(this.data.slice(from, from + this.info.sizes.y * this.info.sizes.x));
  }
}

/** Reads all of a stream of slices into memory; `info` describes what they make together. */
export async function collectStack(
  name: string,
  info: StackInfo,
  slices: AsyncIterable<{ t: number; c: number; z: number; slice: Slice }>,
): Promise<Stack> {
  const { sizes } = info;
  const data = emptySamples(info.sampleType, sizes.t * sizes.c * sizes.z * sizes.y * sizes.x);
  for await (const { t, c, z, slice } of slices) data.set(slice, sliceStart(sizes, t, c, z));
  return new Stack(name, info, data);
}

function sliceStart(sizes: StackInfo["sizes"], t: number, c: number, z: number): number {
  return ((t * sizes.c + c) * sizes.z + z) * sizes.y * sizes.x;
}
