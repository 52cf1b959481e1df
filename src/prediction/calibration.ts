import { type BandFilter, hostFilter } from "../calibration/band_filter.ts";
import { featuresAt } from "../calibration/features.ts";
import { type GapGram, listOf } from "../calibration/grams.ts";
import { calibratedWeights, type CalibrationMap, weightsAt } from "../calibration/map.ts";
import type { StackInfo } from "../stack/stack.ts";
import type { Completion } from "./completion.ts";

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
