import type { Storage } from "../../gpu/buffer_pool.ts";
import type { Device } from "../../gpu/device.ts";
import { Kernel } from "../../gpu/kernel.ts";
import plainSource from "../../wgsl/conv2d_weight_gradient.wgsl" with { type: "text" };
import threeSource from "../../wgsl/conv2d_weight_gradient_3x3.wgsl" with { type: "text" };
import tiledSource from "../../wgsl/conv2d_weight_gradient_tiled.wgsl" with { type: "text" };
import rowSource from "../../wgsl/conv2d_weight_gradient_row.wgsl" with { type: "text" };
import { quads } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { hasSubgroupsOf8, linearGrid } from "./dispatch.ts";
import { addParts } from "./reduce_kernel.ts";

const plainKernel = new Kernel("conv2d_weight_gradient", plainSource);
const threeKernel = new Kernel("conv2d_weight_gradient_3x3", threeSource);
const tiledKernel = new Kernel("conv2d_weight_gradient_tiled", tiledSource);
const rowKernel = new Kernel("conv2d_weight_gradient_row", rowSource);

/** The kernels, for tests and benches that hold them against each other. */
export type WeightGradientKernelName = "plain" | "row" | "3x3" | "tiled";

/** How the convolution moved over the image, and the kernel to take where it is not the best. */
export interface WeightGradientWay {
  readonly stride: number;
  readonly padding: number;
  readonly kernel?: WeightGradientKernelName;
}

function chooseKernel(device: Device, y: Tensor, { stride }: WeightGradientWay) {
  if (!hasSubgroupsOf8(device)) return device.adapter.type === "software" ? "plain" : "tiled";
  return stride === 1 && y.shape[2] === 3 && y.shape[3] === 3 ? "3x3" : "row";
}

/** Records the weight gradient of a convolution of x whose result has the gradient g. */
export function runWeightGradient(
  device: Device,
  x: Tensor,
  g: Tensor,
  y: Tensor,
  way: WeightGradientWay,
): void {
  const name = way.kernel ?? chooseKernel(device, y, way);
  if (name === "plain") runPlain(device, x, g, y, way);
  else if (name === "tiled") runTiled(device, x, g, y, way);
  else runSubgroup(device, x, g, y, way, name);
}

/** Invocations under which the pixels are split further, so that every lane has work. */
const ENOUGH_INVOCATIONS = 8192;

function runPlain(
  device: Device,
  x: Tensor,
  g: Tensor,
  y: Tensor,
  { stride, padding }: WeightGradientWay,
): void {
  const { taps, params } = geometry(x, g, y);
  const perSplit = taps * params.quads * params.output_quads;
  const { batch_rows } = params;
  const wanted = Math.min(batch_rows, Math.ceil(ENOUGH_INVOCATIONS / perSplit));
  inParts(device, y, Math.ceil(batch_rows / wanted), batch_rows, (target, span, splits) => {
    const size = perSplit * splits;
    device.run(
      plainKernel,
      { x: x.storage, g: g.storage, y: target },
      { size, ...params, taps, taps_x: y.shape[3], stride, padding, span },
      linearGrid(size),
    );
  });
}

/** Channels on a side of the square that one workgroup of the tiled kernel computes. */
const TILE = 32;
/** Workgroups that keep a large GPU busy. */
const ENOUGH_WORKGROUPS = 1024;
/** Pixels that one invocation adds up: longer sums round more. */
const LONGEST_TILED_SUM = 2048;

function runTiled(
  device: Device,
  x: Tensor,
  g: Tensor,
  y: Tensor,
  { stride, padding }: WeightGradientWay,
): void {
  const { params: { batch_rows, ...params } } = geometry(x, g, y);
  const [outputs, inputs, tapsY, tapsX] = y.shape;
  const tiles = Math.ceil(outputs / TILE);
  const perSplit = tiles * Math.ceil(inputs / TILE) * tapsY;
  const busy = Math.floor(batch_rows * perSplit / ENOUGH_WORKGROUPS);
  const rows = Math.max(1, Math.min(busy, Math.floor(LONGEST_TILED_SUM / params.columns)));
  inParts(device, y, rows, batch_rows, (target, span, splits) => {
    device.run(
      tiledKernel,
      { x: x.storage, g: g.storage, y: target },
      { ...params, batch_rows, tiles, taps_y: tapsY, padding, span },
      [perSplit / tapsY, splits, tapsY],
      { TAPS: tapsX, STRIDE: stride, SPAN: params.columns < 16 ? 8 : 16 },
    );
  });
}

/** Pixels of a lane between two additions to other lanes' sums: longer sums round more. */
const LONGEST_SUM = 512;

/** Output channels that one subgroup computes, and rows that it walks along at once. */
const SUBGROUP_TILE = { channels: 16, rows: 8 };

function runSubgroup(
  device: Device,
  x: Tensor,
  g: Tensor,
  y: Tensor,
  { stride, padding }: WeightGradientWay,
  name: "row" | "3x3",
): void {
  const { taps, params } = geometry(x, g, y);
  const tiles = Math.ceil(params.outputs / SUBGROUP_TILE.channels);
  const row_blocks = Math.ceil(params.batch_rows / SUBGROUP_TILE.rows);
  const wanted = Math.max(1, Math.floor(LONGEST_SUM / params.columns));
  inParts(device, y, wanted, row_blocks, (target, span, splits) => {
    const buffers = { x: x.storage, g: g.storage, y: target };
    const geometry = { ...params, tiles, padding, row_blocks, span };
    const grid = [tiles * params.quads, splits] as const;
    if (name === "3x3") return device.run(threeKernel, buffers, geometry, [...grid, 1]);
    const tapsX = y.shape[3];
    const together = [4, 3, 2].find((n) => tapsX % n === 0) ?? 1;
    device.run(
      rowKernel,
      buffers,
      { ...geometry, stride, taps_x: tapsX, taps },
      [...grid, taps / together],
      { TAPS: together },
    );
  });
}

/** What all kernels are told of the tensors. */
function geometry(x: Tensor, g: Tensor, y: Tensor) {
  const [batch, channels, height, width] = x.shape;
  const [, outputs, rows, columns] = g.shape;
  return {
    taps: y.shape[2] * y.shape[3],
    params: {
      ...{ height, width, quads: quads(channels), rows, columns, outputs },
      ...{ output_quads: quads(outputs), batch_rows: batch * rows },
    },
  };
}

/** Computes the sum over `count` items in spans of at most `wanted`, and adds up the spans' sums. */
function inParts(
  device: Device,
  y: Tensor,
  wanted: number,
  count: number,
  run: (target: Storage, span: number, splits: number) => void,
): void {
  const [outputs, channels, kernelY, kernelX] = y.shape;
  const splits = Math.ceil(count / wanted);
  const span = Math.ceil(count / splits);
  const partQuads = outputs * quads(channels) * kernelY * kernelX;
  if (splits === 1) return run(y.storage, span, 1);
  const parts = device.allocate(splits * partQuads * 16);
  run(parts, span, splits);
  addParts(device, parts, splits, partQuads, y.storage);
  device.release(parts);
}
