import { type Baseline, baselineTaps } from "../stack/taps.ts";
import type { Features, Plane } from "./grams.ts";

/**
 * The four measured slices around a gap, from the lower end: one beyond it, its two ends, one
 * beyond. Past the stack's ends the last slice stands in.
 */
export type Neighbours = readonly [Plane, Plane, Plane, Plane];

/** What the slice at a relative distance 0..1 within a gap is made of. */
export function featuresAt(neighbours: Neighbours, distance: number, answer?: Plane): Features {
  const linear = mix(neighbours, tapWeights("linear", distance));
  const cubic = tapWeights("cubic", distance);
  const bend = mix(neighbours, tapWeights("linear", distance).map((w, i) => cubic[i] - w));
  return { linear, bend, network: answer?.map((value, i) => value - linear[i]) };
}

/** The four slices' shares of linear or cubic interpolation. */
export function tapWeights(baseline: Baseline, distance: number): number[] {
  const weights = [0, 0, 0, 0];
  for (const { slice, weight } of baselineTaps(baseline, 1 + distance, 4)) weights[slice] += weight;
  return weights;
}

/** The weighted sum of the four slices. */
export function mix([a, b, c, d]: Neighbours, weights: readonly number[]): Plane {
  const [wa, wb, wc, wd] = weights;
  const sum = new Float32Array(a.length);
  for (let i = 0; i < sum.length; i++) sum[i] = wa * a[i] + wb * b[i] + wc * c[i] + wd * d[i];
  return sum;
}
