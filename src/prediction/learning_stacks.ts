import type { LearningStack } from "../calibration/learn.ts";
import type { StackReader } from "../stack/stack.ts";
import { measureGaps, type MeasuringOptions, nearGaps, wideGaps } from "./known_gaps.ts";

/** What {@link learningStacks} takes besides a stack. */
export interface LearningOptions extends MeasuringOptions {
  /** What the stack is alike with; see {@link LearningStack.group}. */
  readonly group: string;
  /** Only every n-th slice is kept; 2 by default. */
  readonly keep?: number;
  /** Which of the dropped slices is predicted, counted from the kept one before; the middle. */
  readonly offset?: number;
}

/**
 * A stack that drops slices to learn from, or to be scored on: one for each of its channels. None
 * where too few slices are kept to fit weights on.
 */
export async function learningStacks(
  reader: StackReader,
  { group, keep = 2, offset, ...options }: LearningOptions,
): Promise<LearningStack[]> {
  const { sizes } = reader.info;
  const wide = wideGaps(sizes, keep);
  if (wide.length === 0) return [];
  const near = nearGaps(sizes, keep, offset);
  const grams = await measureGaps(reader, [...wide, ...near], options);
  return grams.map((gaps, c) => ({
    name: sizes.c > 1 ? `${reader.name}, channel ${c + 1}` : reader.name,
    group,
    wide: gaps.slice(0, wide.length),
    near: gaps.slice(wide.length),
  }));
}
