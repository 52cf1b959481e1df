import type { Storage } from "../../gpu/buffer_pool.ts";
import type { Device } from "../../gpu/device.ts";
import { Kernel } from "../../gpu/kernel.ts";
import subgroupSource from "../../wgsl/winograd_correlate_subgroup.wgsl" with { type: "text" };
import tiledSource from "../../wgsl/winograd_correlate_tiled.wgsl" with { type: "text" };
import gradientSource from "../../wgsl/winograd_gradient.wgsl" with { type: "text" };
import tapsSource from "../../wgsl/winograd_taps.wgsl" with { type: "text" };
import { quads } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { linearGrid } from "./dispatch.ts";
import { inParts, type Use } from "./weight_gradient_parts.ts";
import {
  inputKernel,
  PART_BYTES,
  PLANES,
  SAME,
  shared,
  sharedOfLast,
  tilesOf,
} from "./winograd.ts";

const gradientKernel = new Kernel("winograd_gradient", gradientSource, { shared });
const subgroupKernel = new Kernel("winograd_correlate_subgroup", subgroupSource, { shared });
const tiledKernel = new Kernel("winograd_correlate_tiled", tiledSource);
const tapsKernel = new Kernel("winograd_taps", tapsSource, { shared: sharedOfLast });

/** Tiles that an invocation adds up: longer sums round more. In subgroups, four at a time. */
const LONGEST_SUM = { subgroup: 2048, tiled: 512 };

/** Output channels that one subgroup computes, of 8 quads of input channels. */
const SUBGROUP_CHANNELS = 16;

/** Channels on a side of the square that one workgroup of the tiled kernel computes. */
const TILED_CHANNELS = 32;
/** Of this many planes. */
const TILED_PLANES = 4;
/** Workgroups of one sample that keep a large GPU busy with a small batch. */
const ENOUGH_WORKGROUPS = 64;

/**
 * Records the weight gradient of 3x3 convolutions of stride and padding 1 by Winograd's F(3x3, 4x4):
 * 36 products for a tile of 4x4 pixels of g, not 144 (docs/decisions/0003-winograd.md). Products are
 * taken in workgroup memory where it is `tiled`, as GPUs like it, else in subgroups of 8 lanes.
 */
export function runWinogradWeightGradient(
  device: Device,
  uses: readonly Use[],
  y: Tensor,
  tiled: boolean,
): void {
  const geometry = geometryOf(uses, y);
  const { sampleTiles, inputQuads, outputQuads, weightQuads } = geometry;
  const parts = tiled ? partsOfTiled(geometry) : Math.ceil(sampleTiles / LONGEST_SUM.subgroup);
  const longestRows = Math.ceil(uses.length * geometry.height / parts);
  inParts(device, uses, y, longestRows, ({ x, g, target, splits, rows }) => {
    const parts = rows.padded_rows / rows.span;
    const samples = splits / parts;
    const planeQuads = Math.max(
      sampleTiles * Math.max(inputQuads, outputQuads),
      tiled ? parts * weightQuads : 0,
    );
    const most = Math.max(1, Math.floor(PART_BYTES / (16 * PLANES * planeQuads)));
    for (let first = 0; first < samples; first += most) {
      const some = { first, samples: Math.min(most, samples - first), parts };
      const transformed = transform(device, x, g, geometry, some);
      (tiled ? runTiled : runSubgroup)(device, transformed, target, geometry, some);
      for (const storage of transformed) device.release(storage);
    }
  });
}

type Geometry = ReturnType<typeof geometryOf>;

function geometryOf(uses: readonly Use[], { shape: [outputs, inputs] }: Tensor) {
  const [[{ shape: [, , height, width] }]] = uses;
  const [rows, columns] = tilesOf(SAME, [height, width]);
  return {
    inputs,
    outputs,
    inputQuads: quads(inputs),
    outputQuads: quads(outputs),
    rows,
    columns,
    height,
    width,
    /** Tiles of one sample in all uses. */
    sampleTiles: uses.length * rows * columns,
    weightQuads: outputs * quads(inputs),
  };
}

/** Samples whose planes are in memory at once, and the parts of each. */
interface Samples {
  readonly first: number;
  readonly samples: number;
  readonly parts: number;
}

/** The 36 numbers for each tile of x and of g. */
function transform(
  device: Device,
  x: Storage,
  g: Storage,
  { rows, columns, height, width, inputQuads, outputQuads, sampleTiles }: Geometry,
  { first, samples }: Samples,
): readonly [Storage, Storage] {
  const tiles = samples * sampleTiles;
  const image = { first: first * sampleTiles, rows, columns, height, width };
  const inputSize = tiles * inputQuads;
  const v = device.allocate(PLANES * inputSize * 16);
  device.run(
    inputKernel,
    { x, y: v },
    {
      ...image,
      size: inputSize,
      tiles,
      quads: inputQuads,
      step: SAME.step,
      x_from: 0,
      x_quads: inputQuads,
    },
    linearGrid(inputSize),
    { BLOCK: 1 },
  );
  const outputSize = tiles * outputQuads;
  const u = device.allocate(PLANES * outputSize * 16);
  device.run(
    gradientKernel,
    { g, y: u },
    { ...image, size: outputSize, quads: outputQuads },
    linearGrid(outputSize),
  );
  return [v, u];
}

/** What both kernels are told of the tiles. */
function tilesOfParts(geometry: Geometry, { samples, parts }: Samples) {
  const { sampleTiles, inputQuads, outputQuads, outputs } = geometry;
  return {
    tiles: samples * sampleTiles,
    quads: inputQuads,
    outputs,
    output_quads: outputQuads,
    parts,
    sample_tiles: sampleTiles,
    span: Math.ceil(sampleTiles / parts),
  };
}

function runSubgroup(
  device: Device,
  [x, g]: readonly [Storage, Storage],
  y: Storage,
  geometry: Geometry,
  some: Samples,
): void {
  const groups = Math.ceil(geometry.outputs / SUBGROUP_CHANNELS);
  device.run(
    subgroupKernel,
    { x, g, y },
    { ...tilesOfParts(geometry, some), groups, first: some.first * some.parts },
    [groups * Math.ceil(geometry.inputQuads / 8), some.samples * some.parts, 1],
  );
}

/** Workgroups along the output channels, and those of one part. */
function tiledGroups({ inputs, outputs }: Geometry) {
  const groups = Math.ceil(outputs / TILED_CHANNELS);
  const squares = groups * Math.ceil(inputs / TILED_CHANNELS);
  return { groups, squares, planeGroups: PLANES / TILED_PLANES };
}

/** Parts of a sample that keep a GPU busy and sums short. */
function partsOfTiled(geometry: Geometry): number {
  const { squares, planeGroups } = tiledGroups(geometry);
  const busy = Math.ceil(ENOUGH_WORKGROUPS / (squares * planeGroups));
  return Math.max(busy, Math.ceil(geometry.sampleTiles / LONGEST_SUM.tiled));
}

function runTiled(
  device: Device,
  [x, g]: readonly [Storage, Storage],
  y: Storage,
  geometry: Geometry,
  some: Samples,
): void {
  const { groups, squares, planeGroups } = tiledGroups(geometry);
  const splits = some.samples * some.parts;
  const size = splits * geometry.weightQuads;
  const m = device.allocate(PLANES * size * 16);
  device.run(
    tiledKernel,
    { x, g, y: m },
    { ...tilesOfParts(geometry, some), groups },
    [squares, splits, planeGroups],
  );
  const first = some.first * some.parts * geometry.weightQuads;
  device.run(tapsKernel, { m, y }, { size, first }, linearGrid(size));
  device.release(m);
}
