import { adaptiveSlice } from "../calibration/adaptive.ts";
import bandsMap from "../calibration/bands_map.json" with { type: "json" };
import { mix, tapWeights } from "../calibration/features.ts";
import type { GapGram } from "../calibration/grams.ts";
import { adaptiveWeights } from "../calibration/statistics.ts";
import { InputError } from "../errors.ts";
import { predictedSlices } from "../io/carried_over.ts";
import { option, phrase } from "../message.ts";
import type { StackNormalizer } from "../stack/normalizer.ts";
import { pictureChannels, type StackInfo, type StackReader } from "../stack/stack.ts";
import { calibratedCompletion } from "./calibration.ts";
import { completeRows, type Completion, openRows } from "./completion.ts";
import {
  evenStep,
  type OutputPositions,
  planPositions,
  type PositionOptions,
} from "./positions.ts";
import { distancesOf, originalRows, type PredictedSlice, slicesOf } from "./predict.ts";
import { type Progress, ProgressEstimate } from "./progress.ts";
import { sourcesOf } from "./resample.ts";
import { measureGaps, wideGaps } from "./known_gaps.ts";

/**
 * What predicts slices without a network.
 * - "linear", "cubic": interpolation of two or four slices (Keys, 1981).
 * - "adaptive": both and the 4-neighbour mean of each, weighted as suits the stack.
 * - "bands": linear and cubic, weighted as suits the stack in each band of frequency.
 */
export const METHODS = ["linear", "cubic", "adaptive", "bands"] as const;
export type Method = typeof METHODS[number];

/** What {@link predictByMethod} takes besides a stack and its plan. */
export interface MethodOptions {
  readonly normalizer: StackNormalizer;
  readonly signal?: AbortSignal;
  /** Called after each slice. */
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Plans a prediction without a network: any factor, distance and spacing, in one pass. Throws an
 * InputError as {@link planPositions}, and for uneven positions where a method is fitted to the
 * stack: no slice of theirs lies in the middle of a gap twice as wide.
 */
export function planMethod(
  info: StackInfo,
  method: Method,
  options: PositionOptions = {},
): OutputPositions {
  const { positions } = options;
  if (isFitted(method) && positions && evenStep(positions) === undefined) {
    throw new InputError(
      phrase`${option("method", method)} needs evenly spaced slices; ${option("method", "linear")}
        does not.`,
    );
  }
  const plan = planPositions(info, true, options);
  const predicted_slices = predictedSlices(sourcesOf(plan.slices));
  return { ...plan, metadata: { ...plan.metadata, predicted_slices } };
}

/**
 * Predicts a stack without a network, on the host, as a stream of slices in file order: originals
 * bit for bit, all others within the normaliser's window. Memory is the same however long the stack
 * is. Throws an InputError for a damaged file and for NaN or infinity among the samples.
 */
export async function* predictByMethod(
  reader: StackReader,
  method: Method,
  plan: OutputPositions,
  { normalizer, signal, onProgress }: MethodOptions,
): AsyncGenerator<PredictedSlice> {
  const { info } = reader;
  const { sizes } = info;
  const grams = isFitted(method)
    ? await measureGaps(reader, wideGaps(sizes), { normalizer, signal })
    : [];
  const complete = completionOf(method, info, grams);
  const predicted = plan.slices.filter((slice) => "gap" in slice).length;
  const estimate = new ProgressEstimate(
    predicted * sizes.t * pictureChannels(info).length,
    performance.now(),
  );
  let done = 0;
  const completion: Completion = async (slice) => {
    signal?.throwIfAborted();
    const plane = await complete(slice);
    onProgress?.(estimate.report(++done, performance.now()));
    return plane;
  };
  const perGap = distancesOf(plan, sizes.z - 1);
  const distances = (gap: number) => perGap[gap];
  const rows = openRows(originalRows(reader, plan, normalizer, signal), distances);
  const { y: height, x: width } = sizes;
  yield* slicesOf(
    completeRows(rows, { height, width, distances, completion }),
    info,
    normalizer,
  );
}

/** Whether a method is fitted to the stack's own slices. */
function isFitted(method: Method): boolean {
  return method === "adaptive" || method === "bands";
}

/** How a method makes a slice; `grams` are the stack's wide gaps, [channel][gap]. */
export function completionOf(
  method: Method,
  info: StackInfo,
  grams: readonly (readonly GapGram[])[],
): Completion {
  const { y: height, x: width } = info.sizes;
  if (method === "bands") return calibratedCompletion(info, grams, bandsMap);
  if (method === "adaptive") {
    const weights = grams.map(adaptiveWeights);
    return ({ channel, neighbours, distance }) =>
      adaptiveSlice(neighbours, distance, weights[channel], height, width);
  }
  return ({ neighbours, distance }) =>
    mix(neighbours, tapWeights(method, distance)).map((value) => Math.min(Math.max(value, 0), 1));
}
