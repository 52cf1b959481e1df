import type { Samples } from "./metrics.ts";

/** The Gaussian's half width, in its sigmas, which are pixels. */
const RADIUS = 4;
const GAUSSIAN = gaussian();

function gaussian(): number[] {
  const weights = Array.from(
    { length: 2 * RADIUS + 1 },
    (_, i) => Math.exp(-((i - RADIUS) ** 2) / 2),
  );
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / sum);
}

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
