import type { VoxelSize } from "../stack/stack.ts";
import { micrometres } from "./length_units.ts";

/** A distance as a file gives it. */
export interface Distance {
  readonly value: number;
  readonly unit: string;
}

/**
 * Brings the distances of the three axes to one unit, the first that is named. What cannot be
 * (zero, negative, not a number, a unit of another kind) is left out, and a note says so.
 */
export function voxelSizeOf(
  distances: Readonly<Partial<Record<"x" | "y" | "z", Distance>>>,
  notes: string[],
): VoxelSize {
  const unit = distances.x?.unit ?? distances.y?.unit ?? distances.z?.unit ?? "";
  const sizes: { x?: number; y?: number; z?: number } = {};
  for (const axis of ["x", "y", "z"] as const) {
    const distance = distances[axis];
    if (distance === undefined) continue;
    const value = inUnit(distance, unit);
    if (value !== undefined && value > 0 && Number.isFinite(value)) sizes[axis] = value;
    else {
      const given = `${distance.value} ${distance.unit}`.trim();
      notes.push(`the voxel size along ${axis} is given as ${given} and was ignored`);
    }
  }
  return { ...sizes, unit };
}

function inUnit({ value, unit }: Distance, wanted: string): number | undefined {
  if (unit === wanted) return value;
  const [from, to] = [micrometres(unit), micrometres(wanted)];
  return from === undefined || to === undefined ? undefined : value * from / to;
}
