import { InputError } from "../errors.ts";
import type { StackNormalizer } from "../stack/normalizer.ts";
import type { StackReader } from "../stack/stack.ts";
import type { Variant } from "../zaugnet/generator.ts";
import { type Survey, weakPairs } from "./survey.ts";
import { type Triplet, tripletsOf } from "./triplets.ts";

/** A stack that has been read once. */
export interface SurveyedStack {
  readonly reader: StackReader;
  readonly normalizer: StackNormalizer;
  readonly positions: readonly number[];
  readonly survey: Survey;
}

/** Slices first .. end - 1 of one frame and channel, and the triplets among them. */
export interface Series {
  readonly stack: SurveyedStack;
  readonly t: number;
  readonly c: number;
  readonly first: number;
  readonly end: number;
  readonly triplets: readonly Triplet[];
}

/** A run of a stack's slices, in all frames and channels. */
interface SliceRange {
  readonly stack: SurveyedStack;
  readonly first: number;
  readonly end: number;
}

/** How much is held back, in percent. */
const VALIDATION_PERCENT = 15;
/** Slices in a triplet. */
export const LEAST_SLICES = 3;

/** Holds back the last 15 % of the stacks, at least one. Throws an InputError for a single stack. */
export function splitByStack(
  stacks: readonly SurveyedStack[],
): { training: SliceRange[]; validation: SliceRange[] } {
  if (stacks.length < 2) {
    throw new InputError("Holding back whole stacks needs at least two; hold back blocks instead.");
  }
  const held = Math.max(1, Math.round(stacks.length * VALIDATION_PERCENT / 100));
  return {
    training: stacks.slice(0, -held).map(wholeStack),
    validation: stacks.slice(-held).map(wholeStack),
  };
}

/**
 * Holds back the last 15 % of each stack's slices, at least three; none of a stack that has fewer
 * than six.
 */
export function splitByBlock(
  stacks: readonly SurveyedStack[],
): { training: SliceRange[]; validation: SliceRange[] } {
  const parts = stacks.map((stack) => {
    const depth = stack.reader.info.sizes.z;
    const held = Math.max(LEAST_SLICES, Math.ceil(depth * VALIDATION_PERCENT / 100));
    const end = depth - held < LEAST_SLICES ? depth : depth - held;
    return [{ stack, first: 0, end }, { stack, first: end, end: depth }];
  });
  return {
    training: parts.map(([front]) => front),
    validation: parts.map(([, back]) => back).filter(({ first, end }) => first < end),
  };
}

/** All slices of a stack. */
export function wholeStack(stack: SurveyedStack): SliceRange {
  return { stack, first: 0, end: stack.reader.info.sizes.z };
}

/** Throws an InputError where a stack to validate on holds the slices of one to train on. */
export function checkApart(
  training: readonly SliceRange[],
  validation: readonly SliceRange[],
): void {
  for (const { stack, first, end } of validation) {
    const twin = training.find((other) =>
      other.stack.survey.digest === stack.survey.digest && other.first < end && first < other.end
    );
    if (!twin) continue;
    throw new InputError(
      `${stack.reader.name} and ${twin.stack.reader.name} hold the same slices, and one would be ` +
        "trained on, the other validated on: give it once.",
    );
  }
}

/** Which triplets {@link seriesOf} takes. */
export interface SeriesOptions {
  readonly variant: Variant;
  readonly maxSpan: number;
  /** Leaves out the triplets that reach over neighbours without correlation. */
  readonly skipUncorrelated: boolean;
}

/** The series of a part that have triplets, frame by frame. */
export function seriesOf({ stack, first, end }: SliceRange, options: SeriesOptions): Series[] {
  const { sizes } = stack.reader.info;
  const weak = options.skipUncorrelated ? weakPairs(stack.survey) : [];
  const everywhere = tripletsOf(stack.positions, { ...options, first, end });
  const series: Series[] = [];
  for (let t = 0; t < sizes.t; t++) {
    for (let c = 0; c < sizes.c; c++) {
      const cuts = new Set(weak.filter((pair) => pair.t === t && pair.c === c).map(({ z }) => z));
      // Most series have no cut and share one list: a long time series has many.
      const triplets = cuts.size > 0
        ? tripletsOf(stack.positions, { ...options, first, end, cuts })
        : everywhere;
      if (triplets.length > 0) series.push({ stack, t, c, first, end, triplets });
    }
  }
  return series;
}
