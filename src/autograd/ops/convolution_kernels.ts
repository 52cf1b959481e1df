import type { Device } from "../../gpu/device.ts";
import { Kernel } from "../../gpu/kernel.ts";
import conv2dSource from "../../wgsl/conv2d.wgsl" with { type: "text" };
import subgroupSource from "../../wgsl/conv2d_subgroup.wgsl" with { type: "text" };
import tiledSource from "../../wgsl/conv2d_tiled.wgsl" with { type: "text" };
import wholeSource from "../../wgsl/conv2d_whole.wgsl" with { type: "text" };
import convolutionSource from "../../wgsl/shared_convolution.wgsl" with { type: "text" };
import productsSource from "../../wgsl/shared_products.wgsl" with { type: "text" };
import { packedQuads, quads } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { runBinary } from "./binary_kernel.ts";
import {
  chooseKernel,
  type ConvolutionGeometry,
  type ConvolutionKernelName,
  type ConvolutionPlacement,
  type DirectKernelName,
} from "./convolution_choice.ts";
import { packWeights } from "./packed_weights.ts";
import { addInPairs } from "./reduce_kernel.ts";
import { runWinograd } from "./winograd.ts";

const wholeKernel = new Kernel("conv2d_whole", wholeSource);

/** One of the kernels that compute a convolution; all read the same packed weights. */
interface ConvolutionKernel {
  readonly kernel: Kernel;
  /** Output channels that one invocation computes: the order in which weights are packed. */
  readonly tile: number;
  /** Pixels that one workgroup computes; undefined for the plain kernel's 8 x 8. */
  readonly pixels?: number;
  readonly constants?: Readonly<Record<string, number>>;
  /** Parts that it sums channels in, where no PReLU is to be applied to the sum. */
  readonly parts?: number;
}

const shared = { shared_convolution: convolutionSource };

/** Of this many output channels, and this many pixels of each lane. */
function subgroup(tile: number, pixels: number): ConvolutionKernel {
  const numbers = { CHANNELS: tile, PIXELS: pixels };
  const kernel = new Kernel("conv2d_subgroup", subgroupSource, { shared, numbers });
  return { kernel, tile, pixels: 8 * pixels };
}

const tiledKernel = new Kernel("conv2d_tiled", tiledSource, {
  shared: { ...shared, shared_products: productsSource },
});

function tiled(tile: 16 | 32, parts = 1): ConvolutionKernel {
  return { kernel: tiledKernel, tile, pixels: 128, constants: { TILE: tile }, parts };
}

const KERNELS: Readonly<Record<DirectKernelName, ConvolutionKernel>> = {
  plain: { kernel: new Kernel("conv2d", conv2dSource, { shared }), tile: 8 },
  subgroup16x4: subgroup(16, 4),
  subgroup32x4: subgroup(32, 4),
  subgroup8x8: subgroup(8, 8),
  tiled16: tiled(16),
  tiled32: tiled(32),
  tiledInParts: tiled(32, 4),
};

/** How a convolution is to be computed. */
export interface ConvolutionOptions extends ConvolutionPlacement {
  readonly bias?: Tensor;
  /** Applies a PReLU with these slopes to the result. */
  readonly slope?: Tensor;
  /** Is added after that. */
  readonly plus?: Tensor;
  /** The kernel to take; the device's best where not given. */
  readonly kernel?: ConvolutionKernelName;
}

/** Records a convolution, or a transposed one, of x into y. */
export function runConvolution(
  device: Device,
  x: Tensor,
  weight: Tensor,
  y: Tensor,
  options: ConvolutionOptions,
): void {
  const name = options.kernel ?? chooseKernel(device, geometryOf(x, weight, y, options));
  const { plus, ...without } = options;
  // Direct kernels read as many arrays as WebGPU promises textures.
  if (plus && !(name.startsWith("winograd") && options.stride === 1)) {
    const sum = Tensor.empty(device, y.shape, y.format);
    runConvolution(device, x, weight, sum, { ...without, kernel: name });
    runBinary(device, "add", sum, plus, y);
    return sum.dispose();
  }
  if (name === "winograd" || name === "winogradTiled") {
    runWinograd(device, x, weight, y, { ...options, tiled: name === "winogradTiled" });
  } else if (name === "whole") runWhole(device, x, weight, y, options);
  else runDirect(device, x, weight, y, options, KERNELS[name]);
}

function geometryOf(
  x: Tensor,
  weight: Tensor,
  y: Tensor,
  { stride, padding, transposed }: ConvolutionPlacement,
): ConvolutionGeometry {
  const [[, inputs, ...from], [, outputs, ...to]] = [x.shape, y.shape];
  const [, , ...kernel] = weight.shape;
  return { inputs, outputs, kernel, from, to, stride, padding, transposed };
}

/** Where the kernel is as large as the image, the weights lie as x does: nothing is packed. */
function runWhole(
  device: Device,
  x: Tensor,
  weight: Tensor,
  y: Tensor,
  { bias, slope }: ConvolutionOptions,
): void {
  const [batch, channels, height, width] = x.shape;
  const outputs = y.shape[1];
  device.run(
    wholeKernel,
    {
      x: x.storage,
      weight: weight.storage,
      y: y.storage,
      bias: (bias ?? x).storage,
      slope: (slope ?? x).storage,
    },
    { length: quads(channels) * height * width, outputs },
    [quads(outputs), batch, 1],
    { HAS_BIAS: bias ? 1 : 0, HAS_SLOPE: slope ? 1 : 0 },
  );
}

function runDirect(
  device: Device,
  x: Tensor,
  weight: Tensor,
  y: Tensor,
  { stride, padding, transposed, bias, slope }: ConvolutionOptions,
  { kernel, tile, pixels, constants, parts: most }: ConvolutionKernel,
): void {
  const [batch, channels, height, width] = x.shape;
  const [, outputs, fullHeight, fullWidth] = y.shape;
  const [kernelY, kernelX] = [weight.shape[2], weight.shape[3]];
  const phases = transposed ? stride : 1;
  const [tapsY, tapsX] = [Math.ceil(kernelY / phases), Math.ceil(kernelX / phases)];
  const tiles = Math.ceil(outputs / tile);
  const packing = {
    tile,
    tiles,
    tapsX,
    tapsY,
    phases,
    padding,
    transposed,
    format: y.format,
  };
  const [packed, temporary] = packWeights(device, weight, packing);
  const [rows, columns] = [Math.ceil(fullHeight / phases), Math.ceil(fullWidth / phases)];
  const blocks = pixels ? Math.ceil(batch * rows * columns / pixels) : 0;
  const blocksX = Math.min(blocks, 65535);
  const parts = most && !slope ? most : 1;
  const grid: [number, number, number] = pixels
    ? [blocksX, parts * tiles, phases * phases * Math.ceil(blocks / blocksX)]
    : [Math.ceil(columns / 8), Math.ceil(rows / 8), tiles * phases * phases * batch];
  const from = x.place;
  // Parts are summed into a whole y.
  const to = parts === 1 ? y.place : { storage: y.storage, from: 0, quads: quads(outputs) };
  const sums = parts === 1 ? to.storage : device.allocate(parts * packedQuads(y.shape) * 16);
  device.run(
    kernel,
    {
      x: from.storage,
      weight: packed,
      y: sums,
      // A binding must be filled even where its shader's branch is switched off.
      bias: bias?.storage ?? from.storage,
      slope: slope?.storage ?? from.storage,
    },
    {
      batch,
      height,
      width,
      quads: quads(channels),
      rows,
      columns,
      tiles,
      phases,
      full_height: fullHeight,
      full_width: fullWidth,
      output_quads: quads(outputs),
      x_from: from.from,
      x_quads: from.quads,
      y_from: to.from,
      y_quads: to.quads,
      taps_x: tapsX,
      taps_y: tapsY,
      stride: transposed ? 1 : stride,
      // Phases, counted from the one that has the kernel's first tap, that have all taps.
      whole_y: kernelY - phases * (tapsY - 1),
      whole_x: kernelX - phases * (tapsX - 1),
      padding_y: transposed ? tapsY - 1 : padding,
      padding_x: transposed ? tapsX - 1 : padding,
      phase_offset: transposed ? padding : 0,
    },
    grid,
    {
      ...constants,
      HAS_BIAS: bias ? 1 : 0,
      HAS_SLOPE: slope ? 1 : 0,
      ...most && { PARTS: parts },
    },
  );
  if (temporary) device.release(packed);
  if (parts === 1) return;
  addInPairs(device, sums, parts, packedQuads(y.shape), y.storage);
  device.release(sums);
}
