import { bandsOf, BLOCK } from "./bands.ts";
import { BlockDct } from "./dct.ts";
import type { Plane } from "./grams.ts";
import type { Matrix } from "./solve.ts";

/** From a block to the next one; every sample lies in four. */
export const STEP = BLOCK / 2;

/** The squared sine along a block's side: neighbouring windows add up to 1. */
export const WINDOW: Readonly<Float64Array> = Float64Array.from(
  { length: BLOCK },
  (_, i) => Math.sin(Math.PI * (i + 0.5) / BLOCK) ** 2,
);

/** Sums features, each weighted in each band, into a slice: on the host, or on a device. */
export interface BandFilter {
  /**
   * The slice [height][width], clipped to 0..1. Features as {@link listOf} orders them, weights
   * [band][feature].
   */
  apply(
    features: readonly Plane[],
    weights: Matrix,
    height: number,
    width: number,
  ): Promise<Plane>;
}

/** Blocks along a side of a plane: the first begins a step before it, the last reaches its end. */
export function blocksAlong(length: number): number {
  return Math.ceil(length / STEP) + 1;
}

/** The index of a sample within 0..length - 1; the plane is mirrored, its edges repeated. */
export function mirrored(index: number, length: number): number {
  const period = 2 * length;
  const phase = ((index % period) + period) % period;
  return phase < length ? phase : period - 1 - phase;
}

/**
 * The reference, in float64 on the host: blocks of 64 x 64 every 32 samples, aligned to the plane,
 * each transformed, weighted, transformed back, windowed and added. What is around a sample by
 * more than 63 does not touch it.
 */
export function filterBands(
  features: readonly Plane[],
  weights: Matrix,
  height: number,
  width: number,
): Plane {
  const dct = new BlockDct(BLOCK, BLOCK);
  const bands = bandsOf(BLOCK, BLOCK);
  const tables = features.map((_, f) => Float64Array.from(bands, (band) => weights[band][f]));
  const block = new Float64Array(BLOCK * BLOCK);
  const mixed = new Float64Array(BLOCK * BLOCK);
  const slice = new Float64Array(height * width);
  for (let row = 0; row < blocksAlong(height); row++) {
    const top = (row - 1) * STEP;
    for (let column = 0; column < blocksAlong(width); column++) {
      const left = (column - 1) * STEP;
      mixed.fill(0);
      features.forEach((feature, f) => {
        cut(feature, block, { top, left, height, width });
        dct.forward(block);
        const own = tables[f];
        for (let i = 0; i < mixed.length; i++) mixed[i] += own[i] * block[i];
      });
      dct.inverse(mixed);
      addWindowed(slice, mixed, { top, left, height, width });
    }
  }
  const clipped = new Float32Array(slice.length);
  for (let i = 0; i < slice.length; i++) clipped[i] = Math.min(Math.max(slice[i], 0), 1);
  return clipped;
}

/** {@link filterBands}, for machines without a graphics card. */
export const hostFilter: BandFilter = {
  apply: (...planes) => Promise.resolve(filterBands(...planes)),
};

interface Place {
  readonly top: number;
  readonly left: number;
  /** Of the plane. */
  readonly height: number;
  readonly width: number;
}

function cut(plane: Plane, block: Float64Array, { top, left, height, width }: Place): void {
  for (let y = 0; y < BLOCK; y++) {
    const from = mirrored(top + y, height) * width;
    const to = y * BLOCK;
    if (left >= 0 && left + BLOCK <= width) {
      block.set(plane.subarray(from + left, from + left + BLOCK), to);
    } else {
      for (let x = 0; x < BLOCK; x++) block[to + x] = plane[from + mirrored(left + x, width)];
    }
  }
}

function addWindowed(
  slice: Float64Array,
  block: Float64Array,
  { top, left, height, width }: Place,
): void {
  for (let y = Math.max(0, -top); y < Math.min(BLOCK, height - top); y++) {
    for (let x = Math.max(0, -left); x < Math.min(BLOCK, width - left); x++) {
      slice[(top + y) * width + left + x] += WINDOW[y] * WINDOW[x] * block[y * BLOCK + x];
    }
  }
}
