import { Kernel } from "../../gpu/kernel.ts";
import type { Device } from "../../gpu/device.ts";
import type { Storage } from "../../gpu/buffer_pool.ts";
import reduceSource from "../../wgsl/reduce.wgsl" with { type: "text" };
import { quads, type Shape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { linearGrid } from "./dispatch.ts";

const reduceKernel = new Kernel("reduce", reduceSource);

/** How many values one invocation adds; the rounding error grows with it, the passes shrink. */
const SPAN = 64;

/** Sizes of the axes batch, quad, row, column and the steps between their elements. */
interface Axes {
  readonly sizes: Shape;
  readonly strides: Shape;
}

function denseAxes([n, q, h, w]: Shape): Axes {
  return { sizes: [n, q, h, w], strides: [q * h * w, h * w, w, 1] };
}

/**
 * Reduces `reduced` (a mask over batch, quad, row, column) of packed `x` into `y`, chunk by chunk.
 * `fold` adds the four lanes of a quad at the end, which sums over channels.
 */
export function reduceInto(
  device: Device,
  x: Storage,
  sizes: Shape,
  reduced: readonly boolean[],
  y: Storage,
  { maximum, fold }: { maximum: boolean; fold: boolean },
): void {
  const { strides } = denseAxes(sizes);
  const kept = sizes.map((size, axis) => reduced[axis] ? 1 : size);
  const summed = sizes.map((size, axis) => reduced[axis] ? size : 1);
  const outputs = kept.reduce((a, b) => a * b);
  const count = summed.reduce((a, b) => a * b);
  const chunks = Math.ceil(count / SPAN);
  const size = outputs * chunks;
  const last = chunks === 1;
  const target = last ? y : device.allocate(size * 16);
  device.run(
    reduceKernel,
    { x, y: target },
    {
      ...{ size, chunks, span: SPAN, reduced: count },
      ...{ keep_quad: kept[1], keep_row: kept[2], keep_column: kept[3] },
      ...{ sum_quad: summed[1], sum_row: summed[2], sum_column: summed[3] },
      ...{ keep_batch_stride: strides[0], keep_quad_stride: strides[1] },
      ...{ keep_row_stride: strides[2], keep_column_stride: strides[3] },
      ...{ sum_batch_stride: strides[0], sum_quad_stride: strides[1] },
      ...{ sum_row_stride: strides[2], sum_column_stride: strides[3] },
    },
    linearGrid(size),
    { MAXIMUM: maximum ? 1 : 0, FOLD: last && fold ? 1 : 0 },
  );
  if (last) return;
  const rest: Shape = [1, 1, outputs, chunks];
  reduceInto(device, target, rest, [false, false, false, true], y, { maximum, fold });
  device.release(target);
}

/** The largest magnitude of all elements, [1,1,1,1]: a number for scaling, without a gradient. */
export function largestMagnitude(x: Tensor): Tensor {
  const [n, c, h, w] = x.shape;
  const y = Tensor.empty(x.device, [1, 1, 1, 1]);
  const sizes: Shape = [n, quads(c), h, w];
  const everything = [true, true, true, true];
  const options = { maximum: true, fold: true };
  reduceInto(x.device, x.storage, sizes, everything, y.storage, options);
  return y;
}

/** Adds `splits` equal parts that lie one after the other in `x` into `y`. */
export function addParts(
  device: Device,
  x: Storage,
  splits: number,
  quadsPerPart: number,
  y: Storage,
): void {
  const sizes: Shape = [splits, 1, 1, quadsPerPart];
  const options = { maximum: false, fold: false };
  reduceInto(device, x, sizes, [true, false, false, false], y, options);
}
