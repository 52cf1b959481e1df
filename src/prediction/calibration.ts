import { type BandFilter, hostFilter } from "../calibration/band_filter.ts";
import { featuresAt } from "../calibration/features.ts";
import { type GapGram, listOf } from "../calibration/grams.ts";
import { calibratedWeights, type CalibrationMap, weightsAt } from "../calibration/map.ts";
import type { StackNormalizer } from "../stack/normalizer.ts";
import type { StackInfo, StackReader } from "../stack/stack.ts";
import type { Completion } from "./completion.ts";
import type { SliceInterpolator } from "./interpolator.ts";
import { measureGaps } from "./known_gaps.ts";
import type { PredictionPlan } from "./plan.ts";
import { type Progress, ProgressEstimate } from "./progress.ts";

/**
 * Completes slices by calibrated bands: the answer (where the map was learnt with one), linear and
 * cubic interpolation of the originals around, weighted in each band as suits the channel. `grams`
 * are the stack's wide gaps, [channel][gap].
 */
export function calibratedCompletion(
  { sizes: { y: height, x: width } }: Pick<StackInfo, "sizes">,
  grams: readonly (readonly GapGram[])[],
  map: CalibrationMap,
  filter: BandFilter = hostFilter,
): Completion {
  const weights = grams.map((gaps) => calibratedWeights(gaps, map));
  return ({ channel, neighbours, distance, answer }) => {
    const features = featuresAt(neighbours, distance, answer);
    return filter.apply(listOf(features), weightsAt(weights[channel], distance), height, width);
  };
}

/** What {@link fitCompletion} takes beside a plan. */
export interface FitOptions {
  readonly normalizer: StackNormalizer;
  readonly signal?: AbortSignal;
  /** Called after each gap; its total is that of the fit and the prediction together. */
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Calibrates a network on the whole of a stack, as planned: how its slices are completed, or
 * undefined where the plan does not calibrate. Throws as {@link measureGaps}.
 */
export async function fitCompletion(
  reader: StackReader,
  interpolator: SliceInterpolator,
  plan: PredictionPlan,
  { normalizer, signal, onProgress }: FitOptions,
): Promise<Completion | undefined> {
  const { calibrationGaps: gaps, calibrationSlices, predictedSlices } = plan;
  const { map, filter } = interpolator.calibrator ?? {};
  if (!gaps || !map) return undefined;
  const total = calibrationSlices + predictedSlices;
  const estimate = new ProgressEstimate(total, performance.now());
  const grams = await measureGaps(reader, gaps, {
    normalizer,
    signal,
    network: { interpolator, plan },
    onProgress: (done) => onProgress?.(estimate.report(done, performance.now())),
  });
  return calibratedCompletion(reader.info, grams, map, filter);
}
