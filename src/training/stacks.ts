import { InputError } from "../errors.ts";
import { option, phrase } from "../message.ts";
import type { Normalizer } from "../stack/normalizer.ts";
import { SIDE_MULTIPLE } from "../stack/resizer.ts";
import type { StackReader } from "../stack/stack.ts";
import type { SliceCache } from "./slice_cache.ts";
import { LEAST_SLICES, type SurveyedStack } from "./split.ts";
import { surveyStack } from "./survey.ts";
import { slicePositions } from "./triplets.ts";

/** A stack to learn from or to validate on; each has its own normaliser and sample type. */
export interface TrainingStack {
  readonly reader: StackReader;
  readonly normalizer: Normalizer;
  /** Where each slice lies, ascending; else they are evenly spaced. */
  readonly positions?: readonly number[];
}

/** What {@link surveyAll} takes. */
export interface SurveyOptions {
  readonly signal?: AbortSignal;
  /** Called after each slice, with slices read and slices to read. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Reads every stack once, through the cache. Throws an InputError for a stack of fewer than three
 * slices, for one that is constant, and for what a slice cannot be read for.
 */
export async function surveyAll(
  stacks: readonly TrainingStack[],
  cache: SliceCache,
  { signal, onProgress }: SurveyOptions,
): Promise<SurveyedStack[]> {
  const checked = stacks.map((stack) => ({ ...stack, positions: checkedPositions(stack) }));
  const total = stacks.reduce(
    (sum, { reader: { info: { sizes: { t, c, z } } } }) => sum + t * c * z,
    0,
  );
  let done = 0;
  const surveyed: SurveyedStack[] = [];
  for (const stack of checked) {
    const { reader } = stack;
    const survey = await surveyStack(reader, async (t, c, z) => {
      signal?.throwIfAborted();
      const slice = await cache.get(reader, t, c, z);
      onProgress?.(++done, total);
      return slice;
    });
    if (survey.min === survey.max) {
      throw new InputError(
        `${reader.name} holds ${survey.min} everywhere: there is nothing to learn from it.`,
      );
    }
    surveyed.push({ ...stack, survey });
  }
  return surveyed;
}

function checkedPositions({ reader, positions }: TrainingStack): readonly number[] {
  const depth = reader.info.sizes.z;
  if (depth >= LEAST_SLICES) return slicePositions(reader, positions);
  throw new InputError(
    `${reader.name} has ${depth} ${depth === 1 ? "slice" : "slices"}; training needs at least ` +
      `${LEAST_SLICES}, two to look at and one between them.`,
  );
}

/** Throws an InputError where patches of this size do not fit into the stack's slices. */
export function checkPatchFits({ name, info: { sizes } }: StackReader, size: number): void {
  const side = Math.min(sizes.x, sizes.y);
  if (size <= side) return;
  const largest = Math.floor(side / SIDE_MULTIPLE) * SIDE_MULTIPLE;
  throw new InputError(
    phrase`${name} has slices of ${sizes.x} x ${sizes.y}, too small for patches of ${size} x ${size}:
      ${largest > 0 ? phrase`take ${option("patchSize", largest)} or less.` : "leave it out."}`,
  );
}
