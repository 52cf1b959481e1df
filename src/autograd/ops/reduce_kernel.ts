import { Kernel } from "../../gpu/kernel.ts";
import type { Device } from "../../gpu/device.ts";
import type { Storage } from "../../gpu/buffer_pool.ts";
import addInPairsSource from "../../wgsl/add_in_pairs.wgsl" with { type: "text" };
import sumSquaresSource from "../../wgsl/sum_squares.wgsl" with { type: "text" };
import reduceSource from "../../wgsl/reduce.wgsl" with { type: "text" };
import { packedQuads, quads, type Shape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { linearGrid } from "./dispatch.ts";

const addInPairsKernel = new Kernel("add_in_pairs", addInPairsSource);
const reduceKernel = new Kernel("reduce", reduceSource);
const sumSquaresKernel = new Kernel("sum_squares", sumSquaresSource);

/** How many values one invocation adds; the rounding error grows with it, the passes shrink. */
const SPAN = 64;

/** The same where tensors are many and no pass waits for another: shorter, so that each is soon done. */
const SPAN_OF_MANY = 16;

/** Tensors that sum_squares.wgsl takes at once: a dispatch costs more than most of them. */
const TOGETHER = 4;

/** Which of the axes quad, row and column are reduced. */
type Within = readonly [quad: boolean, row: boolean, column: boolean];

/** What is made of the elements, and whether the four lanes of a quad are added at the end, too. */
interface Reduction {
  readonly maximum?: boolean;
  readonly fold: boolean;
}

/**
 * Reduces axes of packed `x` into `y` within each sample, chunk by chunk. Folding
 * sums over channels.
 */
function reduceInto(
  device: Device,
  x: Storage,
  sizes: Shape,
  within: Within,
  y: Storage,
  { maximum = false, fold }: Reduction,
): void {
  const { outputs, ...axes } = reducedAxes(sizes, within);
  const chunks = Math.ceil(axes.reduced / SPAN);
  const last = chunks === 1;
  const target = last ? y : device.allocate(outputs * chunks * 16);
  const size = outputs * chunks;
  device.run(
    reduceKernel,
    { x, y: target },
    { ...axes, size, chunks },
    linearGrid(size),
    { MAXIMUM: maximum ? 1 : 0, FOLD: last && fold ? 1 : 0 },
  );
  if (last) return;
  const rest: Shape = [1, 1, outputs, chunks];
  reduceInto(device, target, rest, [false, false, true], y, { maximum, fold });
  device.release(target);
}

/** The kernel's view of what is reduced within each sample. */
function reducedAxes([samples, ...sizes]: Shape, within: Within) {
  const kept = sizes.map((size, axis) => within[axis] ? 1 : size);
  const summed = sizes.map((size, axis) => within[axis] ? size : 1);
  const [quads, rows, columns] = sizes;
  return {
    outputs: samples * kept.reduce((a, b) => a * b),
    reduced: summed.reduce((a, b) => a * b),
    keep_quad: kept[0],
    keep_row: kept[1],
    keep_column: kept[2],
    sum_row: summed[1],
    sum_column: summed[2],
    sample_stride: quads * rows * columns,
    quad_stride: rows * columns,
    row_stride: columns,
  };
}

/** The sum of the squares of all elements of all tensors, [1,1,1,1]; without a gradient. */
export function sumOfSquares(tensors: readonly Tensor[]): Tensor {
  const [{ device }] = tensors;
  device.operation = `sum of squares of ${tensors.length} tensors`;
  const y = Tensor.empty(device, [1, 1, 1, 1]);
  const sizes = tensors.map(({ shape }) => packedQuads(shape));
  const chunks = sizes.map((size) => Math.ceil(size / SPAN_OF_MANY));
  const total = chunks.reduce((a, b) => a + b);
  const parts = device.allocate(total * 16);
  const only = [false, false, true] as const;
  let first = 0;
  for (let k = 0; k < tensors.length; k += TOGETHER) {
    const buffers: Record<string, Storage> = { y: parts };
    const params: Record<string, number> = { first };
    let count = 0;
    for (let i = 0; i < TOGETHER; i++) {
      // A binding must be filled even where nothing is read from it.
      buffers[`x${i}`] = (tensors[k + i] ?? tensors[k]).storage;
      params[`size${i}`] = sizes[k + i] ?? 0;
      params[`chunks${i}`] = chunks[k + i] ?? 0;
      count += params[`chunks${i}`];
    }
    device.run(sumSquaresKernel, buffers, params, linearGrid(count));
    first += count;
  }
  reduceInto(device, parts, [1, 1, 1, total], only, y.storage, { fold: true });
  device.release(parts);
  return y;
}

/**
 * Writes the sum of packed `x` over `reduced` axes (batch, quad, row, column) into `y`: within each
 * sample first, then over the samples in pairs.
 */
export function sumInto(
  device: Device,
  x: Storage,
  sizes: Shape,
  [overBatch, ...within]: readonly [boolean, ...Within],
  y: Storage,
): void {
  const [samples, ...inner] = sizes;
  const kept = inner.reduce((product, size, axis) => within[axis] ? product : product * size, 1);
  if (!within.includes(true)) return addInPairs(device, x, samples, kept, y);
  const sums = overBatch ? device.allocate(samples * kept * 16) : y;
  reduceInto(device, x, sizes, within, sums, { fold: within[0] });
  if (!overBatch) return;
  addInPairs(device, sums, samples, kept, y);
  device.release(sums);
}

/** The largest magnitude in each sample, [n,1,1,1]: a number for scaling, without a gradient. */
export function largestMagnitude(x: Tensor): Tensor {
  const [n, c, h, w] = x.shape;
  const y = Tensor.empty(x.device, [n, 1, 1, 1]);
  const options = { maximum: true, fold: true };
  reduceInto(x.device, x.storage, [n, quads(c), h, w], [true, true, true], y.storage, options);
  return y;
}

/** Parts that one invocation of add_in_pairs adds. */
const BRANCH = 8;

/** Adds `parts` equal parts that lie one after the other in `x` into `y`, in pairs. */
export function addInPairs(
  device: Device,
  x: Storage,
  parts: number,
  quadsOfPart: number,
  y: Storage,
): void {
  const sums = Math.ceil(parts / BRANCH);
  const size = sums * quadsOfPart;
  const target = sums === 1 ? y : device.allocate(size * 16);
  const params = { size, quads: quadsOfPart, parts };
  device.run(addInPairsKernel, { x, y: target }, params, linearGrid(size));
  if (sums === 1) return;
  addInPairs(device, target, sums, quadsOfPart, y);
  device.release(target);
}
