import { InputError } from "../errors.ts";
import type { SampleType, StackInfo, VoxelSize } from "../stack/stack.ts";

/** What a written stack says of itself. */
export interface StackOutput {
  readonly format: "imagej" | "ome";
  readonly sizes: StackInfo["sizes"];
  readonly sampleType: SampleType;
  readonly voxelSize: VoxelSize;
  readonly frameInterval?: StackInfo["frameInterval"];
  /** One for each channel; ImageJ's format has no place for them. */
  readonly channelNames?: readonly string[];
  /** Provenance: keys such as "zaugnet.model", which other programs pass over. */
  readonly extras?: Readonly<Record<string, string>>;
  /** The range that ImageJ shows, where it is known. */
  readonly min?: number;
  readonly max?: number;
}

/** Bytes of one sample. */
export const SAMPLE_BYTES: Readonly<Record<SampleType, number>> = {
  uint8: 1,
  uint16: 2,
  float32: 4,
};

/** Throws an InputError where a stack cannot be written as it is described. */
export function requireWritable({ sizes, extras = {}, voxelSize }: StackOutput): void {
  for (const [axis, size] of Object.entries(sizes)) {
    if (Number.isSafeInteger(size) && size > 0) continue;
    throw new InputError(`Cannot write a stack of size ${size} along ${axis}`);
  }
  for (const axis of ["x", "y", "z"] as const) {
    const size = voxelSize[axis] ?? 1;
    if (size > 0 && Number.isFinite(size)) continue;
    throw new InputError(`Cannot write a voxel size of ${size} along ${axis}`);
  }
  for (const key of Object.keys(extras)) {
    if (/^\w+(\.\w+)+$/.test(key)) continue;
    throw new InputError(`Cannot write the key "${key}": name it like "zaugnet.model"`);
  }
}
