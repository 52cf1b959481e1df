import { InputError } from "../errors.ts";
import { type Message, option, type OptionPart, phrase } from "../message.ts";
import type { StackInfo } from "../stack/stack.ts";

/** Steps that differ by no more than this share count as even, a ratio as a whole number. */
export const EVEN_TOLERANCE = 1e-3;
const MOST_SLICES = 1_000_000;
/** Nobody sees more between two slices: a step that asks for it was mistaken for another unit. */
const MOST_PARTS = 64;

/** Throws an InputError for more parts of a gap than {@link MOST_PARTS}. */
export function checkParts(parts: number, ask: OptionPart, sizes: Message = ""): void {
  if (parts <= MOST_PARTS * (1 + EVEN_TOLERANCE)) return;
  throw new InputError(
    phrase`${ask} would cut a gap into ${Math.ceil(parts - EVEN_TOLERANCE)} parts, more than
      ${MOST_PARTS}${sizes}.`,
  );
}

/** The lengths that a number of parts follows from. */
export function gapSizes({ voxelSize: { unit } }: StackInfo, gap: number, step: number): Message {
  const length = (value: number) => `${Number(value.toPrecision(6))}${unit && ` ${unit}`}`;
  return phrase`: the slices lie ${length(gap)} apart, and the step would be ${length(step)}; if
    the file is wrong, say ${option("voxelSize")}`;
}

/** The file's z step; some files state a zero where they know none. */
export function statedStep(info: StackInfo): number | undefined {
  const { z } = info.voxelSize;
  return z !== undefined && z > 0 ? z : undefined;
}

export function checkedPositions(
  info: StackInfo,
  positions?: readonly number[],
): readonly number[] {
  const depth = info.sizes.z;
  if (!positions) {
    return Array.from({ length: depth }, (_, z) => z * (statedStep(info) ?? 1));
  }
  if (positions.length !== depth) {
    throw new InputError(`The stack has ${depth} slices, and ${positions.length} positions.`);
  }
  const bad = positions.findIndex((position, i) =>
    !Number.isFinite(position) || (i > 0 && position <= positions[i - 1])
  );
  if (bad < 0) return positions;
  throw new InputError(
    `Positions must be numbers in ascending order; number ${bad + 1} is ${positions[bad]}` +
      (bad > 0 ? ` after ${positions[bad - 1]}.` : "."),
  );
}

export function checkedDistances(distances: readonly number[]): readonly number[] {
  const ascending = distances.every((dpm, i) =>
    dpm > 0 && dpm < 1 && (i === 0 || dpm > distances[i - 1])
  );
  if (distances.length > 0 && ascending) return distances;
  throw new InputError(
    phrase`${option("dpm")} needs distinct numbers between 0 and 1 in ascending order, not
      ${distances.join(",")}.`,
  );
}

export function checkedFactor(factor: number): number {
  if (Number.isInteger(factor) && factor >= 2) return factor;
  throw new InputError(
    phrase`${option("factor")} must be a whole number of at least 2, not ${factor}.`,
  );
}

export function checkCount(slices: number): void {
  if (slices <= MOST_SLICES) return;
  throw new InputError(`That would make more than ${MOST_SLICES} slices; ask for fewer.`);
}
