import type { Device } from "../../gpu/device.ts";
import { Kernel } from "../../gpu/kernel.ts";
import plainSource from "../../wgsl/conv2d_weight_gradient.wgsl" with { type: "text" };
import subgroupSource from "../../wgsl/conv2d_weight_gradient_subgroup.wgsl" with { type: "text" };
import tiledSource from "../../wgsl/conv2d_weight_gradient_tiled.wgsl" with { type: "text" };
import sharedSource from "../../wgsl/shared_weight_gradient.wgsl" with { type: "text" };
import { quads } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { hasSubgroupsOf8, linearGrid } from "./dispatch.ts";
import { inParts, type Use } from "./weight_gradient_parts.ts";
import { PLANES, winogradTiles } from "./winograd.ts";
import { runWinogradWeightGradient } from "./winograd_weight_gradient.ts";

const shared = { shared_weight_gradient: sharedSource };
const plainKernel = new Kernel("conv2d_weight_gradient", plainSource, { shared });
const subgroupKernel = new Kernel("conv2d_weight_gradient_subgroup", subgroupSource, { shared });
const tiledKernel = new Kernel("conv2d_weight_gradient_tiled", tiledSource, { shared });

/** The kernels, for tests and benches that hold them against each other. */
export type WeightGradientKernelName =
  | "plain"
  | "subgroup"
  | "tiled"
  | "winograd"
  | "winogradTiled";

/** How the convolution moved over the image, and the kernel to take where it is not the best. */
export interface WeightGradientSettings {
  readonly stride: number;
  readonly padding: number;
  readonly kernel?: WeightGradientKernelName;
}

/** Pixels of g that the tiled kernel takes at a time. */
const TILED_SPAN = 16;

/**
 * True where a workgroup of the tiled kernel has WebGPU's promised 256 invocations and 16 KiB at
 * most, and an invocation loads the four pixels of x that it has room for.
 */
function fitsTiles(tapsX: number, stride: number): boolean {
  const pixels = (TILED_SPAN - 1) * stride + tapsX;
  return tapsX <= 8 && 9 * 16 * (TILED_SPAN + pixels) <= 16384 && 8 * pixels <= 4 * 32 * tapsX;
}

/**
 * Tiles of a sample and channels on both sides from which Winograd's transforms cost less than they
 * save (measured).
 */
const WINOGRAD = {
  gpu: { tiles: 64, channels: 48 },
  software: { tiles: 4, channels: 32 },
};

/** True where Winograd's algorithm is faster, and what it makes of a sample fits a binding. */
function winogradPays(
  { adapter }: Device,
  uses: readonly Use[],
  { shape: [outputs, inputs, tapsY, tapsX] }: Tensor,
  { stride, padding }: WeightGradientSettings,
): boolean {
  const { tiles, channels } = WINOGRAD[adapter.type];
  const [[{ shape: [, , ...sides] }]] = uses;
  const tilesOfImage = winogradTiles(sides, 1);
  const planeQuads = uses.length * tilesOfImage * quads(Math.max(inputs, outputs));
  return tapsY === 3 && tapsX === 3 && stride === 1 && padding === 1 &&
    Math.min(inputs, outputs) >= channels &&
    tilesOfImage >= tiles &&
    16 * PLANES * planeQuads <= adapter.maxBindingSize;
}

function chooseKernel(
  device: Device,
  uses: readonly Use[],
  y: Tensor,
  settings: WeightGradientSettings,
): WeightGradientKernelName {
  const winograd = winogradPays(device, uses, y, settings);
  if (hasSubgroupsOf8(device)) return winograd ? "winograd" : "subgroup";
  if (device.adapter.type !== "gpu") return "plain";
  if (winograd) return "winogradTiled";
  return fitsTiles(y.shape[3], settings.stride) ? "tiled" : "plain";
}

/** Records the weight gradient of convolutions of x whose results have the gradient g, summed. */
export function runWeightGradient(
  device: Device,
  uses: readonly Use[],
  y: Tensor,
  settings: WeightGradientSettings,
): void {
  const name = settings.kernel ?? chooseKernel(device, uses, y, settings);
  if (name === "plain") runPlain(device, uses, y, settings);
  else if (name === "tiled") runTiled(device, uses, y, settings);
  else if (name === "subgroup") runSubgroup(device, uses, y, settings);
  else runWinogradWeightGradient(device, uses, y, name === "winogradTiled");
}

/** Invocations under which a sample's rows are split further, so that every lane has work. */
const ENOUGH_INVOCATIONS = 8192;

function runPlain(
  device: Device,
  uses: readonly Use[],
  y: Tensor,
  settings: WeightGradientSettings,
): void {
  const params = geometry(uses, y, settings);
  const tiles = params.output_quads;
  const perSplit = params.taps * params.quads * tiles;
  const rows = uses.length * params.rows;
  const longest = Math.ceil(rows / Math.ceil(ENOUGH_INVOCATIONS / perSplit));
  inParts(device, uses, y, longest, ({ x, g, target, splits, rows }) => {
    const grid = linearGrid(perSplit * splits);
    device.run(plainKernel, { x, g, y: target }, { ...params, ...rows, tiles, splits }, grid);
  });
}

/** Channels on a side of the square that one workgroup of the tiled kernel computes. */
const TILE = 32;
/** Workgroups of one sample that keep a large GPU busy with a small batch. */
const ENOUGH_WORKGROUPS = 64;
/** Pixels that one invocation adds up: longer sums round more. */
const LONGEST_TILED_SUM = 2048;

function runTiled(
  device: Device,
  uses: readonly Use[],
  y: Tensor,
  settings: WeightGradientSettings,
): void {
  const params = geometry(uses, y, settings);
  const [outputs, inputs, tapsY, tapsX] = y.shape;
  const tiles = Math.ceil(outputs / TILE);
  const perSplit = tiles * Math.ceil(inputs / TILE) * tapsY;
  const busy = Math.ceil(uses.length * params.rows / Math.ceil(ENOUGH_WORKGROUPS / perSplit));
  const longest = Math.max(1, Math.min(busy, Math.floor(LONGEST_TILED_SUM / params.columns)));
  inParts(device, uses, y, longest, ({ x, g, target, splits, rows }) => {
    device.run(
      tiledKernel,
      { x, g, y: target },
      { ...params, ...rows, tiles, splits },
      [perSplit / tapsY, splits, tapsY],
      { TAPS: tapsX, STRIDE: settings.stride, SPAN: params.columns < TILED_SPAN ? 8 : TILED_SPAN },
    );
  });
}

/** Pixels that one lane adds up, four at a time: longer sums round more. */
const LONGEST_SUM = 2048;

/** Output channels that one subgroup computes. */
const SUBGROUP_CHANNELS = 16;

function runSubgroup(
  device: Device,
  uses: readonly Use[],
  y: Tensor,
  settings: WeightGradientSettings,
): void {
  const params = geometry(uses, y, settings);
  const tiles = Math.ceil(params.outputs / SUBGROUP_CHANNELS);
  const longest = Math.max(1, Math.floor(LONGEST_SUM / params.columns));
  inParts(device, uses, y, longest, ({ x, g, target, splits, rows }) => {
    const grid = [Math.ceil(params.quads * params.taps / 8) * tiles, splits, 1] as const;
    device.run(subgroupKernel, { x, g, y: target }, { ...params, ...rows, tiles, splits }, grid);
  });
}

/** What all kernels are told of the tensors and of the convolution. */
function geometry(
  [[x, g]]: readonly Use[],
  { shape: [outputs, channels, tapsY, tapsX] }: Tensor,
  { stride, padding }: WeightGradientSettings,
) {
  const [, , height, width] = x.shape;
  const [, , rows, columns] = g.shape;
  return {
    height,
    width,
    quads: quads(channels),
    rows,
    columns,
    outputs,
    output_quads: quads(outputs),
    taps_x: tapsX,
    taps: tapsY * tapsX,
    stride,
    padding,
  };
}
