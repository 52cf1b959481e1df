import { TOP } from "./samples.ts";
import { InputError } from "../errors.ts";
import { option, phrase } from "../message.ts";
import type { SampleType } from "./stack.ts";
import type { StackStatistics } from "./stack_statistics.ts";

/** The normalisations a user can name; a range of their own is the fifth. */
export const NORMALIZATIONS = ["dtype", "stack", "percentile", "zscore"] as const;
/** See {@link chooseWindow} for what each does. */
export type Normalization = typeof NORMALIZATIONS[number];

/** The two numbers that the network sees as 0 and 1. */
export interface IntensityWindow {
  readonly low: number;
  readonly high: number;
}

/** Room beyond each percentile, as a share of their distance. */
const PERCENTILE_MARGIN = 1 / 8;
const LEAST_DEVIATIONS = 4;

/**
 * The window of a measured normalisation.
 * - "stack": minimum to maximum.
 * - "percentile": the two percentiles, each with an eighth of their distance as room, because the
 *   network's answer ends at the window; never beyond minimum and maximum, and these where the
 *   percentiles are equal.
 * - "zscore": the mean lies in the middle, and four standard deviations on either side, or more
 *   where samples lie farther out: nothing is cut. (The published code confines the output to
 *   mean..mean + one deviation.)
 */
export function chooseWindow(
  name: Exclude<Normalization, "dtype">,
  statistics: StackStatistics,
): IntensityWindow {
  const { min, max, mean, standardDeviation } = statistics;
  if (name === "percentile") {
    const [low, high] = statistics.percentiles;
    const margin = (high - low) * PERCENTILE_MARGIN;
    if (margin > 0) return { low: Math.max(low - margin, min), high: Math.min(high + margin, max) };
  }
  if (name === "zscore" && max > min) {
    const reach = Math.max(LEAST_DEVIATIONS * standardDeviation, max - mean, mean - min);
    return { low: mean - reach, high: mean + reach };
  }
  return { low: min, high: max };
}

/** The window of a type of whole numbers; an InputError for float32. */
export function dtypeWindow(sampleType: SampleType): IntensityWindow {
  if (sampleType === "float32") {
    throw new InputError(
      phrase`A float32 stack has no range of its type: use ${option("normalization", "stack")}, or
        give the two ends of one (${option("range")}).`,
    );
  }
  return { low: 0, high: TOP[sampleType] };
}

/** Throws an InputError for percentiles that are none. */
export function checkPercentiles([low, high]: readonly number[]): void {
  if (!(low >= 0 && low < high && high <= 100)) {
    throw new InputError(
      `Percentiles need two numbers in 0..100, the lower first, not ${low},${high}.`,
    );
  }
}
