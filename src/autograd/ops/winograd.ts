import type { Device } from "../../gpu/device.ts";
import type { Storage } from "../../gpu/buffer_pool.ts";
import { Kernel } from "../../gpu/kernel.ts";
import inputSource from "../../wgsl/winograd_input.wgsl" with { type: "text" };
import multiply32x2Source from "../../wgsl/winograd_multiply32x2.wgsl" with { type: "text" };
import multiply32x8Source from "../../wgsl/winograd_multiply32x8.wgsl" with { type: "text" };
import multiplyTiledSource from "../../wgsl/winograd_multiply_tiled.wgsl" with { type: "text" };
import outputSource from "../../wgsl/winograd_output.wgsl" with { type: "text" };
import weightsSource from "../../wgsl/winograd_weights.wgsl" with { type: "text" };
import { quads, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { linearGrid } from "./dispatch.ts";

const inputKernel = new Kernel("winograd_input", inputSource);
const outputKernel = new Kernel("winograd_output", outputSource);
const weightsKernel = new Kernel("winograd_weights", weightsSource);

/** A kernel that multiplies, and the tiles that one workgroup of it takes. */
const MULTIPLY_FEW = { kernel: new Kernel("winograd_multiply32x2", multiply32x2Source), block: 16 };
const MULTIPLY_MANY = {
  kernel: new Kernel("winograd_multiply32x8", multiply32x8Source),
  block: 64,
};
const MULTIPLY_TILED = {
  kernel: new Kernel("winograd_multiply_tiled", multiplyTiledSource),
  block: 128,
};

/** Pixels on a side of a tile of the result, and numbers that stand for a tile in between. */
const TILE = 4;
const PLANES = 36;
/** Output channels that one invocation of the multiplication computes. */
const GROUP = 32;

/** Bytes of transformed tiles that are in memory at once, so that a large batch needs no more. */
const PART_BYTES = 32 * 1024 ** 2;

/** How a 3x3 convolution of stride and padding 1 is to be computed. */
export interface WinogradOptions {
  /** The weight's first axis are x's channels, and its taps are mirrored. */
  readonly transposed: boolean;
  readonly bias?: Tensor;
  /** Applies a PReLU with these slopes to the result. */
  readonly slope?: Tensor;
  /** Multiplies in workgroup memory, as GPUs like it, and not in subgroups of 8 lanes. */
  readonly tiled: boolean;
}

/** Tiles that cover images of this shape. */
export function winogradTiles([batch, , height, width]: Shape): number {
  return batch * Math.ceil(height / TILE) * Math.ceil(width / TILE);
}

/**
 * Records a 3x3 convolution of stride and padding 1 of x into y as Winograd's F(4x4, 3x3): a
 * quarter of the multiplications (docs/decisions/0003-winograd.md).
 */
export function runWinograd(
  device: Device,
  x: Tensor,
  weight: Tensor,
  y: Tensor,
  { transposed, bias, slope, tiled }: WinogradOptions,
): void {
  const [inputQuads, outputQuads] = [quads(x.shape[1]), quads(y.shape[1])];
  const [height, width] = [y.shape[2], y.shape[3]];
  const [rows, columns] = [Math.ceil(height / TILE), Math.ceil(width / TILE)];
  const image = { rows, columns, height, width };
  const groups = Math.ceil(y.shape[1] / GROUP);
  const total = winogradTiles(y.shape);
  const { kernel, block } = chooseMultiplication(total, tiled);
  const tileBytes = PLANES * Math.max(inputQuads, groups * GROUP / 4) * 16;
  const part = Math.max(1, Math.floor(PART_BYTES / (tileBytes * block))) * block;
  const [transformed, temporary] = transformWeights(device, weight, transposed);
  for (let first = 0; first < total; first += part) {
    const tiles = Math.min(part, total - first);
    const blocks = Math.ceil(tiles / block);
    const inputSize = blocks * block * inputQuads;
    const v = device.allocate(PLANES * inputSize * 16);
    device.run(
      inputKernel,
      { x: x.storage, y: v },
      { size: inputSize, first, tiles, quads: inputQuads, ...image },
      linearGrid(inputSize),
      { BLOCK: block },
    );
    const stride = groups * GROUP / 4 * tiles;
    const m = device.allocate(PLANES * stride * 16);
    device.run(
      kernel,
      { x: v, weight: transformed, y: m },
      { tiles, quads: inputQuads, groups },
      [blocks, groups, PLANES],
    );
    device.release(v);
    const outputSize = outputQuads * tiles;
    device.run(
      outputKernel,
      // A binding must be filled even where its shader's branch is switched off.
      { m, bias: (bias ?? x).storage, slope: (slope ?? x).storage, y: y.storage },
      { size: outputSize, stride, first, tiles, output_quads: outputQuads, ...image },
      linearGrid(outputSize),
      { HAS_BIAS: bias ? 1 : 0, HAS_SLOPE: slope ? 1 : 0 },
    );
    device.release(m);
  }
  if (temporary) device.release(transformed);
}

function chooseMultiplication(tiles: number, tiled: boolean) {
  if (tiled) return MULTIPLY_TILED;
  // Many tiles share the loads of the weights, if there are many.
  return tiles > MULTIPLY_MANY.block / 2 ? MULTIPLY_MANY : MULTIPLY_FEW;
}

/** The transformed weights; those of parameters are kept until they change. */
function transformWeights(
  device: Device,
  weight: Tensor,
  transposed: boolean,
): [Storage, boolean] {
  const key = transposed ? "winograd transposed" : "winograd";
  const known = weight.derived?.get(key);
  if (known) return [known, false];
  const [first, second] = weight.shape;
  const [inputs, outputs] = transposed ? [first, second] : [second, first];
  const size = Math.ceil(outputs / GROUP) * quads(inputs) * GROUP;
  const transformed = device.allocate(PLANES * size * 16);
  device.run(
    weightsKernel,
    { weight: weight.storage, y: transformed },
    { size, inputs, outputs },
    linearGrid(size),
    { TRANSPOSED: transposed ? 1 : 0 },
  );
  weight.derived?.set(key, transformed);
  return [transformed, weight.derived === undefined];
}
