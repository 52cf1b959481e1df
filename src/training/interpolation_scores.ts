import { adaptiveSlice } from "../calibration/adaptive.ts";
import { featuresAt } from "../calibration/features.ts";
import { errorsOf } from "../calibration/grams.ts";
import type { Matrix } from "../calibration/solve.ts";
import { adaptiveWeights } from "../calibration/statistics.ts";
import { interpolateBaseline } from "../evaluation/baselines.ts";
import type { Scores } from "../evaluation/score_card.ts";
import type { TrainingData, ValidationTriplet } from "./dataset.ts";
import { chooseTriplets, grey, Pool, sliceReader, slicesOf } from "./held_out_slices.ts";
import type { Series } from "./split.ts";

/** Adaptive weights are fitted on at most so many gaps of a series. */
const MOST_GAPS = 8;
/** Scores of the held-out slices by interpolation, in grey levels of 255. */
export type InterpolationScores = Readonly<Record<"linear" | "cubic" | "adaptive", Scores>>;
const known = new WeakMap<TrainingData, Promise<InterpolationScores>>();

/** The scores of what no training changes: computed once. */
export function interpolationScores(data: TrainingData): Promise<InterpolationScores> {
  const scores = known.get(data) ?? scoreInterpolations(data);
  known.set(data, scores);
  return scores;
}

async function scoreInterpolations(data: TrainingData): Promise<InterpolationScores> {
  const [linear, cubic, adaptive] = [new Pool(), new Pool(), new Pool()];
  const chosen = chooseTriplets(data);
  const weights = new Map<Series, readonly number[]>();
  for (const item of chosen) {
    const { before, after, dpm } = item.triplet;
    const { series } = item;
    const { height, width, truth, ...inner } = await slicesOf(data, item);
    const { slice: beyond } = sliceReader(data, item);
    const around = [
      await beyond(2 * before - after),
      inner.before,
      inner.after,
      await beyond(2 * after - before),
    ] as const;
    const own = weights.get(series) ?? await adaptedTo(data, chosen, series);
    weights.set(series, own);
    const answer = (method: "linear" | "cubic", range?: [number, number]) =>
      grey(interpolateBaseline(method, around, 1 + dpm, range));
    linear.add(width, answer("linear"), grey(truth));
    cubic.add(width, answer("cubic", [0, 1]), grey(truth));
    adaptive.add(width, grey(adaptiveSlice(around, dpm, own, height, width)), grey(truth));
  }
  return { linear: linear.scores, cubic: cubic.scores, adaptive: adaptive.scores };
}

/**
 * Adaptive weights by a series' own slices: of gaps twice as wide as its triplets', which end where
 * these begin and end, the slice in the middle.
 */
async function adaptedTo(
  data: TrainingData,
  chosen: readonly ValidationTriplet[],
  series: Series,
): Promise<number[]> {
  const gaps: { errors: Matrix }[] = [];
  for (const item of chosen.filter((item) => item.series === series).slice(0, MOST_GAPS)) {
    const { before, after } = item.triplet;
    const span = after - before;
    if (before - span < series.first) continue;
    const { slice, height, width } = sliceReader(data, item);
    const neighbours = [
      await slice(before - 3 * span),
      await slice(before - span),
      await slice(after),
      await slice(before + 3 * span),
    ] as const;
    const gap = { target: await slice(before), ...featuresAt(neighbours, 0.5) };
    gaps.push({ errors: errorsOf(gap, height, width) });
  }
  return adaptiveWeights(gaps);
}
