import { type Baseline, baselineTaps } from "../stack/taps.ts";
import type { Samples } from "./metrics.ts";

/**
 * The slice at `position` among the kept slices, in float64, not rounded. Cubic interpolation
 * overshoots; `range` clips it to the intensities that the stack can have.
 */
export function interpolateBaseline(
  baseline: Baseline,
  kept: readonly Samples[],
  position: number,
  range?: readonly [low: number, high: number],
): Float64Array {
  const taps = baselineTaps(baseline, position, kept.length);
  return blend(taps.map(({ slice, weight }) => ({ samples: kept[slice], weight })), range);
}

/** The weighted sum of slices, clipped to the range if there is one. */
export function blend(
  parts: readonly { readonly samples: Samples; readonly weight: number }[],
  range?: readonly [low: number, high: number],
): Float64Array {
  const sum = new Float64Array(parts[0].samples.length);
  for (const { samples, weight } of parts) {
    for (let i = 0; i < sum.length; i++) sum[i] += weight * samples[i];
  }
  if (!range) return sum;
  const [low, high] = range;
  return sum.map((value) => Math.min(Math.max(value, low), high));
}
