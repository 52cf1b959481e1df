/** The interpolations along z that a network has to beat. */
export const BASELINES = ["nearest", "linear", "cubic"] as const;
/** See {@link baselineTaps} for what each does. */
export type Baseline = typeof BASELINES[number];

/** A kept slice's share of an interpolated one. */
export interface Tap {
  /** Index among the kept slices. */
  readonly slice: number;
  readonly weight: number;
}

/** Keys' parameter: exact for quadratics, where all four slices are there. */
const A = -0.5;

/**
 * Which of `count` kept slices make the one at `position` (0 is the first, 1.5 midway between the
 * second and the third), and with what weights.
 * - "nearest": the nearer one; midway, the one before.
 * - "linear": both neighbours.
 * - "cubic": four slices, Keys' convolution (1981) with a = -0.5; beyond the ends the last slice
 *   is repeated.
 */
export function baselineTaps(baseline: Baseline, position: number, count: number): Tap[] {
  if (!(position >= 0 && position <= count - 1)) {
    throw new RangeError(`Position ${position} does not lie within ${count} slices`);
  }
  const gap = Math.min(Math.floor(position), Math.max(0, count - 2));
  const distance = position - gap;
  if (baseline === "nearest") return [{ slice: distance > 0.5 ? gap + 1 : gap, weight: 1 }];
  const offsets = baseline === "linear" ? [0, 1] : [-1, 0, 1, 2];
  const weigh = baseline === "linear" ? (d: number) => 1 - d : keys;
  return offsets
    .map((offset) => ({
      slice: Math.min(Math.max(gap + offset, 0), count - 1),
      weight: weigh(Math.abs(distance - offset)),
    }))
    .filter(({ weight }) => weight !== 0);
}

function keys(d: number): number {
  if (d <= 1) return (A + 2) * d ** 3 - (A + 3) * d ** 2 + 1;
  return A * (d ** 3 - 5 * d ** 2 + 8 * d - 4);
}
