import { mix, type Neighbours, tapWeights } from "./features.ts";
import { neighbourMean, type Plane } from "./grams.ts";

/**
 * The slice at a relative distance within a gap by the adaptive weights of its stack: of linear
 * interpolation, its 4-neighbour mean, of cubic interpolation and its mean. Clipped to 0..1.
 */
export function adaptiveSlice(
  neighbours: Neighbours,
  distance: number,
  [linear, linearMean, cubic, cubicMean]: readonly number[],
  height: number,
  width: number,
): Plane {
  const shares = (own: number, bent: number) => {
    const taps = tapWeights("cubic", distance);
    return mix(neighbours, tapWeights("linear", distance).map((w, i) => own * w + bent * taps[i]));
  };
  const sharp = shares(linear, cubic);
  const smooth = neighbourMean(shares(linearMean, cubicMean), height, width);
  return sharp.map((value, i) => Math.min(Math.max(value + smooth[i], 0), 1));
}
