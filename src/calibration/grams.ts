import { BANDS, bandsOf, BLOCK } from "./bands.ts";
import { BlockDct } from "./dct.ts";
import type { Matrix } from "./solve.ts";

/** Samples [height][width] in the network's range, mostly in 0..1. */
export type Plane = Float32Array<ArrayBuffer>;

/** What a slice between two others is made of, each weighted in each band; sums make the slice. */
export interface Features {
  readonly linear: Plane;
  /** Cubic interpolation minus linear. */
  readonly bend: Plane;
  /** The network's answer minus linear interpolation; missing where there is no network. */
  readonly network?: Plane;
}

/** A measured slice and what was made of its neighbours. */
export interface KnownGap extends Features {
  readonly target: Plane;
}

/** Places in {@link GapGram.bands}: the target first, then the features in their order. */
export const TARGET = 0;
export const LINEAR = 1;

/** All that calibration keeps of a gap whose slice is known. */
export interface GapGram {
  /** [band][i][j]: products of coefficients, summed; see {@link LINEAR} and its kin for i and j. */
  readonly bands: readonly Matrix[];
  /**
   * [i][j]: mean products of errors over pixels. Errors of linear interpolation, of its 4-neighbour
   * mean, of cubic and its mean, and, where there is a network, of its answer and its mean.
   */
  readonly errors: Matrix;
  readonly pixels: number;
}

/** The features in the order of the weights. */
export function listOf({ linear, bend, network }: Features): Plane[] {
  return network ? [linear, bend, network] : [linear, bend];
}

/**
 * Multiplies a known gap's slices band by band. The blocks lie side by side from the upper left;
 * those at the right and the bottom may be smaller, so that all pixels count once.
 */
export function gramOf(gap: KnownGap, height: number, width: number): GapGram {
  const planes = [gap.target, ...listOf(gap)];
  const count = planes.length;
  const sums = Array.from({ length: count * count }, () => new Float64Array(BANDS));
  const shapes = new Map<string, { dct: BlockDct; bands: Uint8Array; blocks: Float64Array[] }>();
  for (let top = 0; top < height; top += BLOCK) {
    for (let left = 0; left < width; left += BLOCK) {
      const [h, w] = [Math.min(BLOCK, height - top), Math.min(BLOCK, width - left)];
      const shape = shapes.get(`${h}x${w}`) ?? {
        dct: new BlockDct(h, w),
        bands: bandsOf(h, w),
        blocks: planes.map(() => new Float64Array(h * w)),
      };
      shapes.set(`${h}x${w}`, shape);
      planes.forEach((plane, i) => {
        for (let y = 0; y < h; y++) {
          const from = (top + y) * width + left;
          shape.blocks[i].set(plane.subarray(from, from + w), y * w);
        }
        shape.dct.forward(shape.blocks[i]);
      });
      addProducts(sums, shape.blocks, shape.bands);
    }
  }
  const place = (i: number, j: number) => i < j ? i * count + j : j * count + i;
  const indices = planes.map((_, i) => i);
  return {
    bands: Array.from(
      { length: BANDS },
      (_, band) => indices.map((i) => indices.map((j) => sums[place(i, j)][band])),
    ),
    errors: errorsOf(gap, height, width),
    pixels: height * width,
  };
}

function addProducts(
  sums: readonly Float64Array[],
  blocks: readonly Float64Array[],
  bands: Uint8Array,
): void {
  for (let i = 0; i < blocks.length; i++) {
    for (let j = i; j < blocks.length; j++) {
      const [a, b, sum] = [blocks[i], blocks[j], sums[i * blocks.length + j]];
      for (let k = 0; k < bands.length; k++) sum[bands[k]] += a[k] * b[k];
    }
  }
}

/** See {@link GapGram.errors}. */
export function errorsOf(gap: KnownGap, height: number, width: number): number[][] {
  const { target, linear, bend, network } = gap;
  const answers = [linear, add(linear, bend), ...(network ? [add(linear, network)] : [])];
  const errors = answers.flatMap((answer) => [
    subtract(answer, target),
    subtract(neighbourMean(answer, height, width), target),
  ]);
  const products = errors.map((a, i) => errors.slice(0, i + 1).map((b) => meanProduct(a, b)));
  return errors.map((_, i) => errors.map((_, j) => products[Math.max(i, j)][Math.min(i, j)]));
}

/**
 * The mean of each sample's four neighbours, in float64; at the border the sample itself stands for
 * the neighbour that it lacks.
 */
export function neighbourMean(
  plane: ArrayLike<number>,
  height: number,
  width: number,
): Float64Array {
  const mean = new Float64Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const above = plane[y > 0 ? i - width : i];
      const below = plane[y < height - 1 ? i + width : i];
      const left = plane[x > 0 ? i - 1 : i];
      const right = plane[x < width - 1 ? i + 1 : i];
      mean[i] = (above + below + left + right) / 4;
    }
  }
  return mean;
}

function add(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  const sum = new Float64Array(a.length);
  for (let i = 0; i < sum.length; i++) sum[i] = a[i] + b[i];
  return sum;
}

function subtract(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  const difference = new Float64Array(a.length);
  for (let i = 0; i < difference.length; i++) difference[i] = a[i] - b[i];
  return difference;
}

function meanProduct(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum / a.length;
}
