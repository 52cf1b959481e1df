import { InvalidArgumentError, Option } from "commander";
import { InputError } from "../core.ts";
import { FLAGS } from "../files/flags_face.ts";
import * as values from "../files/flag_values.ts";
import { type Precision, PRECISIONS } from "../files/precision.ts";

/** Parsers of flag values for commander; each refuses in a short sentence. */

export const wholeNumber = flag(values.wholeNumber);
export const seed = flag(values.countingNumber);
export const positive = flag(values.positive);
export const nonNegative = flag(values.nonNegative);
export const numberList = flag(values.numberList);
export const range = flag(values.range);
export const spacing = flag(values.spacing);
export const augmentations = flag(values.augmentations);
export const repair = flag(values.repair);

function flag<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof InputError) throw new InvalidArgumentError(error.render(FLAGS));
      throw error;
    }
  };
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
};

/** "2G", "1500MB", "800 MiB": bytes, the units binary. */
export function memory(text: string): number {
  const match = text.trim().toUpperCase().match(/^([\d.]+)\s*([KMG]?)(?:I?B)?$/);
  const value = match ? Number(match[1]) * UNITS[match[2]] : NaN;
  if (!(value > 0 && Number.isFinite(value))) {
    throw new InvalidArgumentError('It must be a size such as "4G" or "1500M".');
  }
  return Math.floor(value);
}

/** How predictions are computed, as commander gives it. */
export interface PrecisionFlags {
  readonly precision: Precision;
}

/** `--precision`, of commands that predict. */
export function precisionOption(): Option {
  return new Option("--precision <format>", "of features: f32, f16 (less memory), or as tuned")
    .choices(PRECISIONS).default("auto");
}
