import { InputError } from "../errors.ts";
import { type Message, option, phrase } from "../message.ts";
import type { VoxelSize } from "../stack/stack.ts";
import type { Axis, AxisSize } from "./description.ts";
import { micrometres } from "./length_units.ts";

/** What the user says of a stack, over what its file says. All that is counted counts from 1. */
export interface StackOptions {
  /** The axes as the file stores them, slowest first, ending in YX: "TCZYX". */
  readonly axes?: string;
  /** How many there are along an axis of `axes`, where the file does not say. */
  readonly sizes?: Readonly<Partial<Record<"T" | "C" | "Z", number>>>;
  /** Distances between samples; an axis that is left out stays as the file has it. */
  readonly voxelSize?: VoxelSize;
  /** Which of the file's stacks, from 1; the one with most slices where it is left out. */
  readonly series?: number;
  /** Only these channels, or frames, from 1, in this order. */
  readonly channels?: readonly number[];
  readonly frames?: readonly number[];
  /**
   * Opens a stack with slices that the file does not hold, so that they can be filled: `info.missing`
   * lists them, and reading one throws. Otherwise such a stack is refused.
   */
  readonly withMissing?: boolean;
  /** Stops the reading, between two directories or planes. */
  readonly signal?: AbortSignal;
}

/**
 * The axes of planes as the user gives them. Each has the size that the user says, else the one that
 * the file says for it, else what is left over. Throws an InputError where that does not come out.
 */
export function givenAxes(
  file: string,
  planes: number,
  { axes, sizes = {} }: Pick<StackOptions, "axes" | "sizes">,
  stated: readonly AxisSize[],
): readonly AxisSize[] | undefined {
  if (axes === undefined) {
    if (Object.keys(sizes).length === 0) return undefined;
    throw new InputError(
      phrase`Cannot read ${file}: the order of the axes is needed beside their sizes: give
        ${option("axes")}, too, like TCZYX.`,
    );
  }
  const letters = planeLetters(axes);
  for (const [axis, size] of Object.entries(sizes)) {
    if (letters.includes(axis as Axis) && Number.isSafeInteger(size) && size > 0) continue;
    throw new InputError(
      letters.includes(axis as Axis)
        ? `${size} is not a size for ${axis}: give a whole number from 1.`
        : `A size for ${axis} is given, which is none of the axes ${axes}.`,
    );
  }
  const own = Object.fromEntries(
    stated.filter(({ size }) => size > 1).map(({ axis, size }) => [axis, size]),
  );
  const found = resolve(letters, planes, { ...own, ...sizes }) ?? resolve(letters, planes, sizes);
  if (found !== undefined) return found;
  const said = Object.entries({ ...own, ...sizes }).map(([axis, size]) => `${axis}=${size}`);
  const known = said.length > 0 ? ` with ${said.join(", ")}` : "";
  throw new InputError(
    phrase`Cannot read ${file} by the axes ${axes}${known}: it has ${planes} planes; give
      sizes that multiply to ${planes}, like ${option("sizes", example(letters, planes))}.`,
  );
}

function planeLetters(axes: string): Axis[] {
  const match = /^([TCZ]*)(S?YX|YXS?)$/.exec(axes.toUpperCase());
  const letters = [...match?.[1] ?? "?"];
  if (match !== null && new Set(letters).size === letters.length) return letters as Axis[];
  throw new InputError(
    `"${axes}" are not axes: give each of T, C and Z at most once, slowest first, then YX, ` +
      `like TCZYX.`,
  );
}

function resolve(
  letters: readonly Axis[],
  planes: number,
  known: Readonly<Partial<Record<Axis, number>>>,
): AxisSize[] | undefined {
  const open = letters.filter((axis) => known[axis] === undefined);
  const product = letters.reduce((total, axis) => total * (known[axis] ?? 1), 1);
  const rest = planes / product;
  if (!Number.isSafeInteger(rest) || rest < 1) return undefined;
  if (rest > 1 && open.length !== 1) return undefined;
  return letters.map((axis) => ({ axis, size: known[axis] ?? rest }));
}

function example(letters: readonly Axis[], planes: number): string {
  const [first, ...others] = letters;
  return [`${first ?? "Z"}=${planes}`, ...others.map((axis) => `${axis}=1`)].join(",");
}

/** The voxel size with what the user says of it; throws an InputError for what is not a length. */
export function givenVoxelSize(stated: VoxelSize, given: VoxelSize | undefined): VoxelSize {
  if (given === undefined) return stated;
  for (const axis of ["z", "y", "x"] as const) {
    const size = given[axis];
    if (size === undefined || size > 0 && Number.isFinite(size)) continue;
    throw new InputError(`${size} is not a voxel size along ${axis}.`);
  }
  const merged: { z?: number; y?: number; x?: number } = {};
  const scale = stated.unit === given.unit
    ? 1
    : (micrometres(stated.unit) ?? NaN) / (micrometres(given.unit) ?? NaN);
  for (const axis of ["z", "y", "x"] as const) {
    const size = given[axis] ?? (stated[axis] ?? NaN) * scale;
    if (size > 0) merged[axis] = size;
  }
  return { ...merged, unit: given.unit };
}

/** Picks `wanted` of `count`, each from 1; all where nothing is asked for. Answers them from 0. */
export function chosen(
  what: "channels" | "frames" | "series",
  wanted: readonly number[] | undefined,
  count: number,
): readonly number[] {
  if (wanted === undefined) return Array.from({ length: count }, (_, i) => i);
  if (wanted.length === 0) throw new InputError(phrase`No ${what} are chosen.`);
  if (new Set(wanted).size < wanted.length) {
    throw new InputError(phrase`The ${what} ${wanted.join(", ")} name one twice.`);
  }
  const wrong = wanted.find((number) =>
    !(Number.isInteger(number) && 1 <= number && number <= count)
  );
  if (wrong === undefined) return wanted.map((number) => number - 1);
  throw new InputError(
    phrase`There is no ${wrong} among the ${what}: the file has ${count}, from 1.`,
  );
}

/** How to go on with a stack of one slice, by what else it has; "" where there is no more. */
export function singleSliceHint(
  { t, c }: { readonly t: number; readonly c: number },
): Message {
  if (t > 1 && c > 1) {
    return phrase` It has ${t} frames and ${c} channels: where one of them is z, say so
      with ${option("axes")}.`;
  }
  if (t > 1) {
    return phrase` Its ${t} frames are points in time; if they are slices, say so with
      ${option("axes", "ZYX")}.`;
  }
  if (c > 1) {
    return phrase` It has ${c} channels; if they are slices, say so with ${option("axes", "ZYX")}.`;
  }
  return phrase` If each slice is in a separate file, open them together: ${option("sequence")}.`;
}
