import { InputError } from "../errors.ts";
import { singleSliceHint } from "../io/stack_options.ts";
import { option, phrase } from "../message.ts";
import type { StackNormalizer } from "../stack/normalizer.ts";
import { SIDE_MULTIPLE } from "../stack/resizer.ts";
import type { StackReader } from "../stack/stack.ts";
import { SETTING_BOUNDS } from "./settings.ts";
import type { SliceCache } from "./slice_cache.ts";
import { LEAST_SLICES, type SurveyedStack } from "./split.ts";
import { surveyStack } from "./survey.ts";
import { slicePositions } from "./triplets.ts";

/** A stack to learn from or to validate on; each has its own normaliser and sample type. */
export interface TrainingStack {
  readonly reader: StackReader;
  readonly normalizer: StackNormalizer;
  /** Where each slice lies, ascending; else they are evenly spaced. */
  readonly positions?: readonly number[];
}

/** What {@link surveyAll} takes. */
export interface SurveyOptions {
  readonly signal?: AbortSignal;
  /** Called after each slice, with slices read and slices to read. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Hears why a stack is left out, where others are left; without it, such a stack is an error. */
  readonly onLeftOut?: (why: InputError) => void;
}

/**
 * Reads every stack once, through the cache. Throws an InputError for a stack of fewer than three
 * slices, for one that patches of `patchSize` do not fit, for one that is constant, and for what a
 * slice cannot be read for; with `onLeftOut`, only where no other stack is left.
 */
export async function surveyAll(
  stacks: readonly TrainingStack[],
  cache: SliceCache,
  { signal, onProgress, onLeftOut, patchSize = 0 }: SurveyOptions & { readonly patchSize?: number },
): Promise<SurveyedStack[]> {
  const total = stacks.reduce(
    (sum, { reader: { info: { sizes: { t, c, z } } } }) => sum + t * c * z,
    0,
  );
  let done = 0;
  const surveyed: SurveyedStack[] = [];
  const reasons: InputError[] = [];
  const surveyOf = async (stack: TrainingStack): Promise<SurveyedStack> => {
    const { reader } = stack;
    checkPatchFits(reader, patchSize);
    const positions = checkedPositions(stack);
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
    return { ...stack, positions, survey };
  };
  for (const stack of stacks) {
    try {
      surveyed.push(await surveyOf(stack));
    } catch (error) {
      if (!(error instanceof InputError) || !onLeftOut) throw error;
      reasons.push(error);
    }
  }
  if (surveyed.length === 0 && reasons.length > 0) throw reasons[0];
  for (const reason of reasons) onLeftOut!(reason);
  return surveyed;
}

function checkedPositions({ reader, positions }: TrainingStack): readonly number[] {
  const depth = reader.info.sizes.z;
  if (depth >= LEAST_SLICES) return slicePositions(reader, positions);
  const hint = depth === 1 ? singleSliceHint(reader.info.sizes) : "";
  throw new InputError(
    phrase`${reader.name} has ${depth} ${depth === 1 ? "slice" : "slices"}; training needs at least
      ${LEAST_SLICES}, two to look at and one between them.${hint}`,
  );
}

/** Throws an InputError where patches of this size do not fit into the stack's slices. */
export function checkPatchFits({ name, info: { sizes } }: StackReader, size: number): void {
  const side = Math.min(sizes.x, sizes.y);
  if (size <= side) return;
  const largest = Math.floor(side / SIDE_MULTIPLE) * SIDE_MULTIPLE;
  const { least } = SETTING_BOUNDS.patchSize;
  throw new InputError(
    phrase`${name} has slices of ${sizes.x} x ${sizes.y}, too small for patches of ${size} x ${size}:
      ${
      largest > least
        ? phrase`take ${option("patchSize", largest)} or less.`
        : largest === least
        ? phrase`take ${option("patchSize", least)}.`
        : `leave it out, since patches are at least ${least} x ${least}.`
    }`,
  );
}
