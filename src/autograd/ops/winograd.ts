import type { Device } from "../../gpu/device.ts";
import type { Storage } from "../../gpu/buffer_pool.ts";
import { type Format, QUAD_BYTES } from "../../gpu/storage_format.ts";
import { Kernel } from "../../gpu/kernel.ts";
import productsSource from "../../wgsl/shared_products.wgsl" with { type: "text" };
import winogradSource from "../../wgsl/shared_winograd.wgsl" with { type: "text" };
import powersSource from "../../wgsl/shared_winograd_powers.wgsl" with { type: "text" };
import inputSource from "../../wgsl/winograd_input.wgsl" with { type: "text" };
import multiplySource from "../../wgsl/winograd_multiply.wgsl" with { type: "text" };
import multiplyTiledSource from "../../wgsl/winograd_multiply_tiled.wgsl" with { type: "text" };
import outputSource from "../../wgsl/winograd_output.wgsl" with { type: "text" };
import phaseWeightsSource from "../../wgsl/winograd_phase_weights.wgsl" with { type: "text" };
import weightsSource from "../../wgsl/winograd_weights.wgsl" with { type: "text" };
import { isRecordingHistory } from "../op.ts";
import { quads } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { linearGrid } from "./dispatch.ts";

/** What the transforms share, and what the last of them do. */
export const shared = { shared_winograd: winogradSource };
export const sharedOfLast = { ...shared, shared_winograd_powers: powersSource };

/** Transforms x, for results and for weight gradients alike. */
export const inputKernel = new Kernel("winograd_input", inputSource, { shared });
const weightsKernel = new Kernel("winograd_weights", weightsSource, { shared });
const phaseWeightsKernel = new Kernel("winograd_phase_weights", phaseWeightsSource, { shared });

/** Numbers that stand for a tile in between, of the result or of one of its phases. */
export const PLANES = 36;

/** Bytes of transformed tiles that are in memory at once, so that a large batch needs no more. */
export const PART_BYTES = 32 * 1024 ** 2;

/** A kernel that multiplies: the tiles that a workgroup of it takes, and the output channels. */
interface Multiplication {
  readonly kernel: Kernel;
  readonly block: number;
  readonly group: number;
}

/** In subgroups of 8 lanes: of this many output channels, and this many tiles of each lane. */
function inSubgroups(channels: number, tiles: number): Multiplication {
  const numbers = { CHANNELS: channels, TILES: tiles };
  const kernel = new Kernel("winograd_multiply", multiplySource, { numbers });
  return { kernel, block: 8 * tiles, group: channels };
}

const MULTIPLY_FEW = inSubgroups(32, 2);
const MULTIPLY_MANY = inSubgroups(16, 8);
const MULTIPLY_TILED: Multiplication = {
  kernel: new Kernel("winograd_multiply_tiled", multiplyTiledSource, {
    shared: { shared_products: productsSource },
  }),
  block: 128,
  group: 32,
};

/** What differs between the two convolutions that the algorithm is written for. */
interface Form {
  readonly output: Kernel;
  /** Pixels on a side of a tile: of the result, or of each of its phases. */
  readonly step: number;
  readonly phases: number;
}

/** For tiles of this many pixels, and as many phases, on a side. */
function outputKernel(step: number, phases: number): Kernel {
  const numbers = { POWERS: step, PHASES: phases };
  return new Kernel("winograd_output", outputSource, { shared: sharedOfLast, numbers });
}

/** F(4x4, 3x3), of a 3x3 convolution of stride and padding 1: a quarter of the products. */
export const SAME: Form = {
  output: outputKernel(4, 1),
  step: 4,
  phases: 1,
};

/**
 * F(5x5, 2x2), of a transposed 4x4 convolution of stride 2 and padding 1, 36 hundredths of the
 * products: each of the four phases of its result is a 2x2 convolution. Phase p of output row
 * 2 v - p stands at v in 0 to x's height, so that all four read the same pixels of x.
 */
const PHASES: Form = {
  output: outputKernel(5, 2),
  step: 5,
  phases: 4,
};

/** How a convolution of one of the two forms is to be computed. */
export interface WinogradOptions {
  readonly stride: number;
  /** The weight's first axis are x's channels, and its taps are mirrored. */
  readonly transposed: boolean;
  readonly bias?: Tensor;
  /** Applies a PReLU with these slopes to the result. */
  readonly slope?: Tensor;
  /** Of a 3x3 convolution: is added after that; as y, not a part of another tensor. */
  readonly plus?: Tensor;
  /** Multiplies in workgroup memory, as GPUs like it, and not in subgroups of 8 lanes. */
  readonly tiled: boolean;
}

/** Tiles in rows and columns that cover an image of x. */
export function tilesOf({ step, phases }: Form, [height, width]: readonly [number, number]) {
  const margin = phases > 1 ? 1 : 0;
  return [Math.ceil((height + margin) / step), Math.ceil((width + margin) / step)] as const;
}

/** Tiles that cover one image of x, of a 3x3 convolution or of a transposed one of stride 2. */
export function winogradTiles(size: readonly [number, number], stride: number): number {
  const [rows, columns] = tilesOf(stride === 1 ? SAME : PHASES, size);
  return rows * columns;
}

/**
 * Records a convolution of x into y as Winograd's algorithm: 3x3 of stride and padding 1, or
 * transposed 4x4 of stride 2 and padding 1 (docs/decisions/0003-winograd.md).
 */
export function runWinograd(
  device: Device,
  x: Tensor,
  weight: Tensor,
  y: Tensor,
  { stride, transposed, bias, slope, plus, tiled }: WinogradOptions,
): void {
  const form = stride === 1 ? SAME : PHASES;
  const [batch, , fromHeight, fromWidth] = x.shape;
  const [, outputs, height, width] = y.shape;
  const [inputQuads, outputQuads] = [quads(x.shape[1]), quads(outputs)];
  const [rows, columns] = tilesOf(form, [fromHeight, fromWidth]);
  const total = batch * rows * columns;
  const { kernel, block, group } = chooseMultiplication(total, tiled);
  const groups = Math.ceil(form.phases * outputQuads * 4 / group);
  const groupQuads = groups * group / 4;
  const tileBytes = PLANES * Math.max(inputQuads, groupQuads) * 16;
  const part = Math.max(1, Math.floor(PART_BYTES / (tileBytes * block))) * block;
  const [from, to] = [x.place, y.place];
  const { format } = to.storage;
  const layout = { form, transposed, group, groups, format };
  const [transformed, temporary] = transformWeights(device, weight, layout);
  for (let first = 0; first < total; first += part) {
    const tiles = Math.min(part, total - first);
    const blocks = Math.ceil(tiles / block);
    const inputSize = blocks * block * inputQuads;
    const v = device.allocate(PLANES * inputSize * QUAD_BYTES[format], format);
    const place = { first, tiles, rows, columns };
    device.run(
      inputKernel,
      { x: from.storage, y: v },
      {
        ...place,
        size: inputSize,
        quads: inputQuads,
        step: form.step,
        height: fromHeight,
        width: fromWidth,
        x_from: from.from,
        x_quads: from.quads,
      },
      linearGrid(inputSize),
      { BLOCK: block },
    );
    const planeSize = groupQuads * tiles;
    const m = device.allocate(PLANES * planeSize * QUAD_BYTES[format], format);
    device.run(
      kernel,
      { x: v, weight: transformed, y: m },
      { tiles, quads: inputQuads, groups },
      [blocks, groups, PLANES],
    );
    device.release(v);
    const outputSize = form.phases * outputQuads * tiles;
    device.run(
      form.output,
      // A binding must be filled even where its shader's branch is switched off.
      {
        m,
        bias: bias?.storage ?? m,
        slope: slope?.storage ?? m,
        // What is added lies as y does: as a whole, or its storage throws.
        y: plus ? y.storage : to.storage,
        plus: plus?.storage ?? m,
      },
      {
        ...place,
        size: outputSize,
        stride: planeSize,
        height,
        width,
        y_from: to.from,
        y_quads: to.quads,
        output_quads: outputQuads,
      },
      linearGrid(outputSize),
      { HAS_BIAS: bias ? 1 : 0, HAS_SLOPE: slope ? 1 : 0, HAS_PLUS: plus ? 1 : 0 },
    );
    device.release(m);
  }
  if (temporary) device.release(transformed);
}

function chooseMultiplication(tiles: number, tiled: boolean): Multiplication {
  if (tiled) return MULTIPLY_TILED;
  // Many tiles share the loads of the weights, if there are many.
  return tiles > MULTIPLY_MANY.block / 2 ? MULTIPLY_MANY : MULTIPLY_FEW;
}

interface WeightLayout {
  readonly form: Form;
  readonly transposed: boolean;
  readonly group: number;
  readonly groups: number;
  readonly format: Format;
}

/**
 * The transformed weights. Those of parameters are kept until they change, but not where a history
 * is recorded: a training's forward pass needs few of them twice, and they are four times as large.
 */
function transformWeights(
  device: Device,
  weight: Tensor,
  { form, transposed, group, groups, format }: WeightLayout,
): [Storage, boolean] {
  const key = `winograd${transposed ? " transposed" : ""}, groups of ${group}, ${format}`;
  const known = weight.derived?.get(key);
  if (known) return [known, false];
  const [first, second] = weight.shape;
  const [inputs, outputs] = transposed ? [first, second] : [second, first];
  const size = groups * quads(inputs) * group;
  const transformed = device.allocate(PLANES * size * QUAD_BYTES[format], format);
  const buffers = { weight: weight.storage, y: transformed };
  if (form === PHASES) {
    const params = { size, inputs, output_quads: quads(outputs) };
    device.run(phaseWeightsKernel, buffers, params, linearGrid(size), { GROUP: group });
  } else {
    const constants = { GROUP: group, TRANSPOSED: transposed ? 1 : 0 };
    device.run(weightsKernel, buffers, { size, inputs, outputs }, linearGrid(size), constants);
  }
  const kept = isRecordingHistory() ? undefined : weight.derived?.set(key, transformed);
  return [transformed, kept === undefined];
}
