import { InputError } from "../errors.ts";
import type { Kept, SampleType, StackInfo, VoxelSize } from "../stack/stack.ts";

/** What a written stack says of itself. */
export interface StackOutput {
  readonly format: "imagej" | "ome";
  readonly sizes: StackInfo["sizes"];
  readonly sampleType: SampleType;
  readonly voxelSize: VoxelSize;
  readonly frameInterval?: StackInfo["frameInterval"];
  /** One for each channel. */
  readonly channelNames?: readonly string[];
  /** Provenance: keys such as "zaugnet.model", which other programs pass over. */
  readonly extras?: Readonly<Record<string, string>>;
  /** Labels, colours and the like of the file that this one comes from; `carriedOver` moves them. */
  readonly kept?: Kept;
  /** The range that ImageJ shows, where it is known. */
  readonly min?: number;
  readonly max?: number;
}

/** What a format has no place for, in words: one note, or none. */
export function lostIn(format: StackOutput["format"], kept: Kept = {}): string[] {
  const { roi, overlays } = kept;
  if (format === "imagej" || roi === undefined && overlays === undefined) return [];
  return ["OME-TIFF has no place for ImageJ's selection and overlays; a .tif keeps them"];
}

/** Throws an InputError where a stack cannot be written as it is described. */
export function requireWritable({ sizes, extras = {}, voxelSize, kept }: StackOutput): void {
  for (const [axis, size] of Object.entries(sizes)) {
    if (Number.isSafeInteger(size) && size > 0) continue;
    throw new InputError(`Cannot write a stack of size ${size} along ${axis}`);
  }
  for (const axis of ["x", "y", "z"] as const) {
    const size = voxelSize[axis] ?? 1;
    if (size > 0 && Number.isFinite(size)) continue;
    throw new InputError(`Cannot write a voxel size of ${size} along ${axis}`);
  }
  const slices = sizes.t * sizes.c * sizes.z;
  if (kept?.labels && kept.labels.length !== slices) {
    throw new InputError(`Cannot write ${kept.labels.length} labels for ${slices} slices`);
  }
  if (kept?.display && kept.display.length !== sizes.c) {
    throw new InputError(`Cannot write colours of ${kept.display.length} channels for ${sizes.c}`);
  }
  for (const key of Object.keys(extras)) {
    if (/^\w+(\.\w+)+$/.test(key)) continue;
    throw new InputError(`Cannot write the key "${key}": name it like "zaugnet.model"`);
  }
}
