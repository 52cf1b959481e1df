import type { Gridded, Spacing } from "./label_stack.ts";

/** A point x, y, z in voxels; 0 is the middle of the first voxel. */
export type Point = readonly [x: number, y: number, z: number];

/** A line through points; a closed one continues from its last to its first. */
export interface Filament {
  readonly points: readonly Point[];
  readonly closed: boolean;
}

/** The filaments of one sample. */
export interface FilamentSet extends Gridded {
  readonly filaments: readonly Filament[];
}

/** Edges of a voxel where nothing is known of it: lengths are in voxels. */
export const VOXELS: Spacing = { z: 1, y: 1, x: 1, unit: "voxels" };

/** The length of a filament in the spacing's unit: the sum of its segments. */
export function filamentLength({ points, closed }: Filament, { x, y, z }: Spacing): number {
  let length = 0;
  for (let i = closed ? 0 : 1; i < points.length; i++) {
    const [from, to] = [points.at(i - 1)!, points[i]];
    length += Math.hypot((to[0] - from[0]) * x, (to[1] - from[1]) * y, (to[2] - from[2]) * z);
  }
  return length;
}
