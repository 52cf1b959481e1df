/** The network halves its input four times, so it takes sides that are multiples of this. */
export const SIDE_MULTIPLE = 16;

/** The next multiple of 16. */
export function paddedSide(side: number): number {
  return Math.ceil(side / SIDE_MULTIPLE) * SIDE_MULTIPLE;
}

/**
 * Pads a plane [height][width] at the bottom and the right to multiples of 16 by reflection, the
 * edge sample not repeated. A side shorter than its padding is reflected to and fro; a side of one
 * sample is repeated. A plane that needs no padding is answered as it is.
 */
export function reflectPad(
  plane: Float32Array<ArrayBuffer>,
  height: number,
  width: number,
): Float32Array<ArrayBuffer> {
  const paddedWidth = paddedSide(width);
  const paddedHeight = paddedSide(height);
  if (paddedHeight === height && paddedWidth === width) return plane;
  const padded = new Float32Array(paddedHeight * paddedWidth);
  for (let y = 0; y < paddedHeight; y++) {
    const from = reflect(y, height) * width;
    const to = y * paddedWidth;
    padded.set(plane.subarray(from, from + width), to);
    for (let x = width; x < paddedWidth; x++) padded[to + x] = plane[from + reflect(x, width)];
  }
  return padded;
}

/** Undoes {@link reflectPad}: the upper left [height][width] of a padded plane. */
export function crop(
  padded: Float32Array<ArrayBuffer>,
  height: number,
  width: number,
): Float32Array<ArrayBuffer> {
  const paddedWidth = paddedSide(width);
  if (padded.length === height * width) return padded;
  const plane = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    plane.set(padded.subarray(y * paddedWidth, y * paddedWidth + width), y * width);
  }
  return plane;
}

/** Where sample `index` of a padded side lies in the side itself. */
export function reflect(index: number, side: number): number {
  if (side === 1) return 0;
  const period = 2 * (side - 1);
  const phase = index % period;
  return phase < side ? phase : period - phase;
}
