import type { VoxelSize } from "../stack/stack.ts";
import { micrometres } from "./length_units.ts";
import type { FileFields } from "./tiff_page.ts";

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

/** Dots per inch that programs write where they know of no size: a screen's. */
const SCREENS = [72, 96];
const CENTIMETRES_PER_INCH = 2.54;

/**
 * The size of a pixel by TIFF's resolution fields, in `unit` where the file's text names one: pixels
 * an inch or a centimetre where a field says so beside it (as ImageJ has it of Micro-Manager's
 * files), else pixels a `unit`. The resolution of a screen is not a pixel size.
 */
export function pixelSize(
  { xResolution, yResolution, resolutionUnit }: FileFields,
  axis: "x" | "y",
  unit?: string,
): Distance | undefined {
  const resolution = axis === "x" ? xResolution : yResolution;
  const stated = resolutionUnit ?? (unit === undefined ? 2 : 1);
  if (resolution === undefined || stated === 1 && unit === undefined) return undefined;
  if (isScreen(resolution, stated)) return undefined;
  const own = stated === 2 ? "inch" : stated === 3 ? "cm" : undefined;
  if (unit === undefined) return own && { value: 1 / resolution, unit: own };
  const size = own && micrometres(unit) !== undefined
    ? inUnit({ value: 1 / resolution, unit: own }, unit)
    : 1 / resolution;
  return { value: size ?? 1 / resolution, unit };
}

function isScreen(resolution: number, unit: number): boolean {
  const dots = unit === 2
    ? resolution
    : unit === 3
    ? resolution * CENTIMETRES_PER_INCH
    : Number.NaN;
  return SCREENS.some((screen) => Math.abs(dots / screen - 1) < 5e-3);
}

/** A number as programs write it, some of them with a decimal comma; NaN where it is none. */
export function parseNumber(text: string): number {
  const trimmed = text.trim();
  if (trimmed === "") return NaN;
  return Number(/^[-+]?\d*,\d+(e[-+]?\d+)?$/i.test(trimmed) ? trimmed.replace(",", ".") : trimmed);
}
