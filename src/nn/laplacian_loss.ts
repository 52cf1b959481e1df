import {
  abs,
  add,
  decimate,
  gaussianBlur,
  insertZeros,
  mean,
  subtract,
} from "../autograd/ops/mod.ts";
import type { Tensor } from "../autograd/tensor.ts";

/** An image taken apart by the size of its details. */
export interface LaplacianPyramid {
  /** What each halving loses, the finest details first; as large as the image that was halved. */
  readonly bands: readonly Tensor[];
  /** The image that is left. */
  readonly residual: Tensor;
}

/** Halves x `levels` times (blur, take every second pixel) and keeps what each halving loses. */
export function laplacianPyramid(x: Tensor, levels = 5): LaplacianPyramid {
  const bands: Tensor[] = [];
  let residual = x;
  for (let level = 0; level < levels; level++) {
    const [, , height, width] = residual.shape;
    const half = decimate(gaussianBlur(residual));
    // Three of four pixels are zeros, which the gain makes up for.
    const doubled = gaussianBlur(insertZeros(half, height, width), 4);
    bands.push(subtract(residual, doubled));
    residual = half;
  }
  return { bands, residual };
}

/** What a Laplacian loss takes into account. */
export interface LaplacianLossOptions {
  readonly levels?: number;
  /** Count the image that is left after the last halving as one level more; off in the paper. */
  readonly residual?: boolean;
}

/**
 * The mean absolute difference of two images per level of their Laplacian pyramids, summed. The
 * pyramid is linear, so that of the difference is enough.
 */
export function laplacianLoss(
  x: Tensor,
  target: Tensor,
  { levels = 5, residual = false }: LaplacianLossOptions = {},
): Tensor {
  const pyramid = laplacianPyramid(subtract(x, target), levels);
  const parts = residual ? [...pyramid.bands, pyramid.residual] : pyramid.bands;
  return parts.map((part) => mean(abs(part))).reduce(add);
}
