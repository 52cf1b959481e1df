import type { StackInfo, VoxelSize } from "../core.ts";

/** What a stack measures, in its unit or, where it has none, in pixels of x. */
export interface Extent {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** The distance between slices. */
  readonly step: number;
}

/** Sizes in true proportions; a step that is unknown counts as a pixel's side. */
export function extentOf({ sizes, voxelSize }: StackInfo): Extent {
  const x = voxelSize.x ?? 1;
  const step = voxelSize.z ?? x;
  return { x: sizes.x * x, y: sizes.y * (voxelSize.y ?? x), z: sizes.z * step, step };
}

/** A round length for a scale bar: 1, 2 or 5 times a power of ten, at most `longest`. */
export function roundLength(longest: number): number {
  const power = 10 ** Math.floor(Math.log10(longest));
  return [5, 2, 1].map((digit) => digit * power).find((length) => length <= longest) ?? power;
}

/** True where lengths are known and can be drawn. */
export function hasScale({ x, unit }: VoxelSize): boolean {
  return x !== undefined && unit !== "" && unit !== "pixel";
}
