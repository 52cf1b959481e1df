import { InputError } from "../errors.ts";
import { unitName } from "../io/length_units.ts";
import { option, phrase, place } from "../message.ts";
import type { Slice, StackInfo, StackReader, VoxelSize } from "../stack/stack.ts";

/** What is measured in voxels, and how many and how large they are, as far as that is known. */
export interface Gridded {
  readonly name: string;
  readonly sizes?: Pick<StackInfo["sizes"], "z" | "y" | "x">;
  readonly voxelSize: VoxelSize;
}

/** A stack of objects: 0 is the background, every other number an object. */
export interface LabelStack extends Gridded {
  readonly sizes: Pick<StackInfo["sizes"], "z" | "y" | "x">;
  /** One slice's labels, row-major [height][width]. */
  readSlice(z: number): Promise<Int32Array>;
}

/** How far an analysis is, and how to stop it. */
export interface Watch {
  readonly signal?: AbortSignal;
  /** Told after each slice or object. */
  readonly onProgress?: (done: number) => void;
  /** Told what is being done where the end cannot be foreseen. */
  readonly onStage?: (words: string) => void;
}

/**
 * Takes a stack's samples for labels. Throws an InputError where the stack has several channels
 * or frames, and, when it is read, where a sample is not a whole number from 0 to 2^31 - 1.
 */
export function labelsOf(reader: StackReader): LabelStack {
  const { z, y, x } = singleStack(reader);
  return {
    name: reader.name,
    sizes: { z, y, x },
    voxelSize: reader.info.voxelSize,
    async readSlice(z) {
      const slice = await reader.readSlice(0, 0, z);
      if (slice instanceof Float32Array) requireWhole(slice, reader.name, z, x);
      return new Int32Array(slice);
    },
  };
}

/** The sizes of a stack of one channel and one frame; an InputError for any other. */
export function singleStack({ name, info: { sizes } }: StackReader): StackInfo["sizes"] {
  if (sizes.c === 1 && sizes.t === 1) return sizes;
  throw new InputError(
    `${name} has ${sizes.c} channels and ${sizes.t} frames; an analysis takes one of each: save ` +
      "the one to measure as a separate stack.",
  );
}

function requireWhole(slice: Slice, name: string, z: number, width: number): void {
  const bad = slice.findIndex((value) =>
    !(Number.isInteger(value) && value >= 0 && value < 2 ** 31)
  );
  if (bad < 0) return;
  throw new InputError(
    phrase`${name} holds ${slice[bad]} at x ${bad % width}, y ${Math.floor(bad / width)} of
      ${place({ slice: z })}, which is not a label; ${
      option("threshold")
    } makes labels of an image.`,
  );
}

/** Lengths of a voxel's edges, all known, in `unit`. */
export interface Spacing {
  readonly z: number;
  readonly y: number;
  readonly x: number;
  readonly unit: string;
}

/** A voxel size with all three edges, or undefined; its unit by its one name (µm). */
export function spacingOf({ z, y, x, unit }: VoxelSize): Spacing | undefined {
  if (z === undefined || y === undefined || x === undefined || unit === "") return undefined;
  if (/^pixels?$/i.test(unit)) return undefined;
  return { z, y, x, unit: unitName(unit) ?? unit };
}

/**
 * The spacing of two samples that are compared. Throws an InputError where they differ in size or
 * by more than a thousandth in spacing; a spacing that only one of them states holds for both.
 */
export function commonSpacing(a: Gridded, b: Gridded): Spacing | undefined {
  const shape = ({ sizes }: Gridded) => sizes && `${sizes.z} x ${sizes.y} x ${sizes.x}`;
  if (a.sizes && b.sizes && shape(a) !== shape(b)) {
    throw new InputError(
      `${a.name} has ${shape(a)} voxels (z, y, x) and ${b.name} ${shape(b)}: only stacks of one ` +
        "size can be compared; crop the larger or predict the missing slices.",
    );
  }
  const [first, second] = [spacingOf(a.voxelSize), spacingOf(b.voxelSize)];
  if (!first || !second) return first ?? second;
  const words = ({ z, y, x, unit }: Spacing) => `${z} x ${y} x ${x} ${unit}`;
  const differs = first.unit !== second.unit ||
    (["z", "y", "x"] as const).some((axis) => Math.abs(second[axis] / first[axis] - 1) > 1e-3);
  if (!differs) return first;
  throw new InputError(
    phrase`${a.name} has voxels of ${words(first)} (z, y, x) and ${b.name} of ${words(second)}:
      give z, y and x with ${option("voxelSize")}, which holds for both.`,
  );
}
