import type { Samples } from "./metrics.ts";
import { gaussian } from "./ssim.ts";

/** The Gaussian's half width, in its sigmas, which are pixels. */
const RADIUS = 4;
const GAUSSIAN = gaussian(1, RADIUS);

/**
 * The power of a slice's finest structure and noise: what a Gaussian of 1 pixel takes away, squared
 * and summed. Edges are repeated.
 */
export function finePower(slice: Samples, width: number): number {
  const height = slice.length / width;
  const rows = new Float64Array(slice.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let k = -RADIUS; k <= RADIUS; k++) {
        const at = Math.min(Math.max(x + k, 0), width - 1);
        rows[y * width + x] += GAUSSIAN[k + RADIUS] * slice[y * width + at];
      }
    }
  }
  let power = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let smooth = 0;
      for (let k = -RADIUS; k <= RADIUS; k++) {
        const at = Math.min(Math.max(y + k, 0), height - 1);
        smooth += GAUSSIAN[k + RADIUS] * rows[at * width + x];
      }
      power += (slice[y * width + x] - smooth) ** 2;
    }
  }
  return power;
}
