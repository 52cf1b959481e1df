/** The side of the blocks that planes are transformed in. */
export const BLOCK = 64;

/** Bands of radial frequency, each half an octave wide; the coarsest holds all that is left. */
export const BANDS = 12;

/**
 * The band of every coefficient [height][width] of a block's DCT, the coarsest first. Frequency is
 * measured in the plane's own samples, so that a block of any shape has the same bands.
 */
export function bandsOf(height: number, width: number): Uint8Array {
  const bands = new Uint8Array(height * width);
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      bands[v * width + u] = bandAt((v / height) ** 2 + (u / width) ** 2);
    }
  }
  return bands;
}

/** Edges lie at 2^(-k/2), and belong to the band below them; squares keep them exact. */
function bandAt(squaredFrequency: number): number {
  let band = BANDS - 1;
  for (let edge = 1; band > 0 && squaredFrequency <= edge; edge /= 2) band--;
  return band;
}

/** The side of the grid that {@link NEIGHBOUR_GAIN} is averaged over. */
const GRID = 256;

/** What the mean of a pixel's four neighbours lets through, on the mean of each band. */
export const NEIGHBOUR_GAIN: readonly number[] = neighbourGain();

function neighbourGain(): number[] {
  const bands = bandsOf(GRID, GRID);
  const sums = new Float64Array(BANDS);
  const counts = new Float64Array(BANDS);
  for (let i = 0; i < bands.length; i++) {
    const [v, u] = [Math.floor(i / GRID), i % GRID];
    sums[bands[i]] += (Math.cos(Math.PI * v / GRID) + Math.cos(Math.PI * u / GRID)) / 2;
    counts[bands[i]]++;
  }
  return Array.from(sums, (sum, band) => sum / Math.max(1, counts[band]));
}
