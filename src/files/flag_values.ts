import { type Augmentation, AUGMENTATIONS, InputError } from "../core.ts";
import type { RepairChoice } from "./predict_file.ts";

/**
 * The values of flags as text, in the command line and in a query. Each parser throws an
 * InputError whose sentence follows on the flag's name.
 */

export function wholeNumber(text: string): number {
  const value = numberOf(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InputError("It must be a whole number of at least 1.");
}

/** A whole number of at least 0, such as a seed. */
export function countingNumber(text: string): number {
  const value = numberOf(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InputError("It must be a whole number of at least 0.");
}

export function positive(text: string): number {
  const value = numberOf(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InputError("It must be a number of more than 0.");
}

export function nonNegative(text: string): number {
  return numberOf(text) === 0 ? 0 : positive(text);
}

export function numberList(text: string): number[] {
  const values = text.split(",").map(numberOf);
  if (values.every(Number.isFinite)) return values;
  throw new InputError("It must be numbers with commas between them.");
}

export function range(text: string): [number, number] {
  const values = numberList(text);
  if (values.length === 2 && values[0] < values[1]) return [values[0], values[1]];
  throw new InputError("It must be two numbers, the lower first: LO,HI.");
}

export function spacing(text: string): number | "isotropic" {
  if (text === "isotropic") return text;
  const value = numberOf(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InputError('It must be a positive number or "isotropic".');
}

export function augmentations(text: string): Augmentation[] {
  const names = text.split(",").map((name) => name.trim());
  const known: readonly string[] = AUGMENTATIONS;
  const wrong = names.find((name) => !known.includes(name));
  if (wrong === undefined) return names as Augmentation[];
  throw new InputError(`There is no ${wrong}; there are ${known.join(", ")}.`);
}

/** A stack has fewer slices, and nobody repairs so many of one. */
const MOST_SLICES = 1_000_000;
const MOST_REPAIRED = 100_000;

/** "auto", or slices from 0: "3,7-9" is 3, 7, 8 and 9. */
export function repair(text: string): RepairChoice {
  if (text === "auto") return text;
  const slices = new Set<number>();
  let named = 0;
  for (const part of text.split(",")) {
    const match = part.trim().match(/^(\d+)(?:-(\d+))?$/);
    const [first, last] = match ? [Number(match[1]), Number(match[2] ?? match[1])] : [1, 0];
    if (first > last || last > MOST_SLICES) {
      throw new InputError('It must be slices, counted from 0, such as 3,7-9; or "auto".');
    }
    // Counted before they are made: a short text may name very many.
    named += last - first + 1;
    if (named > MOST_REPAIRED) {
      throw new InputError(`It must name at most ${MOST_REPAIRED} slices.`);
    }
    for (let slice = first; slice <= last; slice++) slices.add(slice);
  }
  return [...slices].sort((a, b) => a - b);
}

/** Number() reads an empty text as 0. */
function numberOf(text: string): number {
  return text.trim() === "" ? NaN : Number(text);
}
