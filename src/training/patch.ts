import type { Samples } from "../stack/stack.ts";

/** A square in a plane: where its first sample lies, and the way to the next column and row. */
export interface Cut {
  readonly x: number;
  readonly y: number;
  readonly column: readonly [dx: number, dy: number];
  readonly row: readonly [dx: number, dy: number];
}

/** Sides of a plane or a slice. */
export interface PlaneSides {
  readonly height: number;
  readonly width: number;
}

/**
 * Cuts `size` x `size` samples out of a slice [height][width] into `patch`: as they are where the
 * cut runs along the axes, else interpolated between the four around each. The cut must lie inside
 * the slice.
 */
export function cutPatch(
  slice: Samples,
  sides: PlaneSides,
  cut: Cut,
  size: number,
  patch: Float32Array,
): void {
  const whole = [cut.x, cut.y, ...cut.column, ...cut.row].every(Number.isInteger);
  (whole ? copy : interpolate)(slice, sides, cut, size, patch);
}

function copy(
  slice: Samples,
  { width }: PlaneSides,
  { x, y, column, row }: Cut,
  size: number,
  patch: Float32Array,
): void {
  const columnStep = column[1] * width + column[0];
  const rowStep = row[1] * width + row[0];
  for (let r = 0, to = 0; r < size; r++) {
    let from = y * width + x + r * rowStep;
    for (let c = 0; c < size; c++, from += columnStep) patch[to++] = slice[from];
  }
}

function interpolate(
  slice: Samples,
  { height, width }: PlaneSides,
  cut: Cut,
  size: number,
  patch: Float32Array,
): void {
  const [columnX, columnY] = cut.column;
  const [lastLeft, lastTop] = [width - 2, height - 2];
  const below = slice.subarray(width);
  for (let r = 0, to = 0; r < size; r++) {
    const startX = cut.x + r * cut.row[0];
    const startY = cut.y + r * cut.row[1];
    for (let c = 0; c < size; c++) {
      const x = startX + c * columnX;
      const y = startY + c * columnY;
      // Rounding may put a corner a hair outside (`| 0` cuts towards 0): it is extrapolated.
      const left = Math.min(x | 0, lastLeft);
      const top = Math.min(y | 0, lastTop);
      const across = x - left;
      const at = top * width + left;
      const upper = slice[at] + across * (slice[at + 1] - slice[at]);
      const lower = below[at] + across * (below[at + 1] - below[at]);
      patch[to++] = upper + (y - top) * (lower - upper);
    }
  }
}
