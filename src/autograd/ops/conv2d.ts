import type { Format } from "../../gpu/storage_format.ts";
import { defineOp, featureFormat } from "../op.ts";
import { formatShape, sameShape, type Shape, ShapeError } from "../shape.ts";
import type { SampleSum, Tensor } from "../tensor.ts";
import { runConvolution } from "./convolution_kernels.ts";
import { sampleSum } from "./sample_sum.ts";
import { runWeightGradient } from "./weight_gradient_kernels.ts";

/** How a kernel moves over an image, the same in both directions. */
export interface Conv2dOptions {
  readonly stride: number;
  /** Zeros around the image, in pixels on each side. */
  readonly padding: number;
}

/** Options of a transposed convolution. */
export interface ConvTranspose2dOptions extends Conv2dOptions {
  /** Height and width of the result; the smallest that fits where not given. */
  readonly outputSize?: readonly [number, number];
}

/** Options of a weight gradient. */
export interface WeightGradientOptions extends Conv2dOptions {
  readonly kernelSize: readonly [number, number];
}

function outputSize(size: number, kernel: number, { stride, padding }: Conv2dOptions): number {
  return Math.floor((size + 2 * padding - kernel) / stride) + 1;
}

function convShape([x, weight, bias, slope]: readonly Shape[], options: Conv2dOptions): Shape {
  const [k, c, kh, kw] = weight;
  if (x[1] !== c) {
    throw new ShapeError(`x has ${x[1]} channels, and the weight expects ${c}`);
  }
  checkPerChannel(bias, k, "bias");
  checkPerChannel(slope, k, "slopes");
  const height = outputSize(x[2], kh, options);
  const width = outputSize(x[3], kw, options);
  if (height < 1 || width < 1) {
    throw new ShapeError(`the kernel ${formatShape(weight)} is larger than the padded image`);
  }
  return [x[0], k, height, width];
}

function checkPerChannel(shape: Shape | undefined, channels: number, what: string): void {
  if (shape && (shape[1] !== channels || shape[0] * shape[2] * shape[3] !== 1)) {
    throw new ShapeError(`the ${what} ${formatShape(shape)} do not fit ${channels} channels`);
  }
}

function withPlus(y: Shape, plus: Shape | undefined): Shape {
  if (!plus || sameShape(plus, y)) return y;
  throw new ShapeError(`${formatShape(plus)} can't be added to ${formatShape(y)}`);
}

/** What no activation follows is a network's answer: flow, mask, residual. */
const ALWAYS_F32 = (): Format => "f32";

const conv2dOp = defineOp<Conv2dOptions>("conv2d", {
  shape: convShape,
  forward(device, [x, weight, bias], y, options) {
    runConvolution(device, x, weight, y, { ...options, transposed: false, bias });
  },
  gradients: [
    (g, { inputs: [x, weight], options }) =>
      convTranspose2d(g, weight, undefined, { ...options, outputSize: [x.shape[2], x.shape[3]] }),
    (g, { inputs: [x, weight], options }) => weightGradientSum(g, [x, g], weight, options),
    (g, { inputs: [, , bias] }) => sampleSum(g, bias.shape),
  ],
  format: ALWAYS_F32,
});

/**
 * Cross-correlation, as torch.nn.functional.conv2d: x [n,c,h,w], weight [k,c,kh,kw], bias
 * [1,k,1,1] -> [n,k,h',w'] with h' = floor((h + 2 padding - kh) / stride) + 1.
 */
export function conv2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  options: Conv2dOptions,
): Tensor {
  return conv2dOp(bias ? [x, weight, bias] : [x, weight], options);
}

const FUSED = { notDifferentiable: "it is fused for prediction; take prelu(conv2d(…)) instead" };

const conv2dPreluOp = defineOp<Conv2dOptions>("conv2dPrelu", {
  shape: (inputs, options) => withPlus(convShape(inputs, options), inputs[4]),
  forward(device, [x, weight, bias, slope, plus], y, options) {
    runConvolution(device, x, weight, y, { ...options, transposed: false, bias, slope, plus });
  },
  gradients: [FUSED],
  format: featureFormat,
});

/** What becomes of a result whose history nobody needs. */
export interface FusedOutput {
  /** A tensor to write it into. */
  readonly into?: Tensor;
  /** Is added to it. */
  readonly plus?: Tensor;
}

/** prelu(conv2d(x, weight, bias), slope), for prediction: it has no gradient. */
export function conv2dPrelu(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  slope: Tensor,
  options: Conv2dOptions,
  { into, plus }: FusedOutput = {},
): Tensor {
  const inputs = [x, weight, bias, slope];
  return conv2dPreluOp(plus ? [...inputs, plus] : inputs, options, into);
}

function transposedShape(shapes: readonly Shape[], options: ConvTranspose2dOptions): Shape {
  const [x, [c, k, kh, kw], bias, slope] = shapes;
  if (x[1] !== c) throw new ShapeError(`x has ${x[1]} channels, and the weight expects ${c}`);
  checkPerChannel(bias, k, "bias");
  checkPerChannel(slope, k, "slopes");
  const { stride, padding } = options;
  const smallest = [(x[2] - 1) * stride - 2 * padding + kh, (x[3] - 1) * stride - 2 * padding + kw];
  const [height, width] = options.outputSize ?? smallest;
  if (outputSize(height, kh, options) !== x[2] || outputSize(width, kw, options) !== x[3]) {
    throw new ShapeError(`no convolution leads from [${height},${width}] to [${x[2]},${x[3]}]`);
  }
  return [x[0], k, height, width];
}

const convTranspose2dOp = defineOp<ConvTranspose2dOptions>("convTranspose2d", {
  shape: transposedShape,
  forward(device, [x, weight, bias], y, options) {
    runConvolution(device, x, weight, y, { ...options, transposed: true, bias });
  },
  gradients: [
    (g, { inputs: [, weight], options: { stride, padding } }) =>
      conv2d(g, weight, undefined, { stride, padding }),
    (g, { inputs: [x, weight], options }) => weightGradientSum(g, [g, x], weight, options),
    (g, { inputs: [, , bias] }) => sampleSum(g, bias.shape),
  ],
  format: ALWAYS_F32,
});

/**
 * The transpose of {@link conv2d}, as torch.nn.functional.conv_transpose2d: x [n,c,h,w], weight
 * [c,k,kh,kw], bias [1,k,1,1] -> [n,k,h',w'] with h' = (h - 1) stride - 2 padding + kh.
 */
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  options: ConvTranspose2dOptions,
): Tensor {
  return convTranspose2dOp(bias ? [x, weight, bias] : [x, weight], options);
}

const convTranspose2dPreluOp = defineOp<ConvTranspose2dOptions>("convTranspose2dPrelu", {
  shape: (inputs, options) => withPlus(transposedShape(inputs, options), inputs[4]),
  forward(device, [x, weight, bias, slope, plus], y, options) {
    runConvolution(device, x, weight, y, { ...options, transposed: true, bias, slope, plus });
  },
  gradients: [FUSED],
  format: featureFormat,
});

/** prelu(convTranspose2d(x, weight, bias), slope), for prediction: it has no gradient. */
export function convTranspose2dPrelu(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  slope: Tensor,
  options: ConvTranspose2dOptions,
  { into, plus }: FusedOutput = {},
): Tensor {
  const inputs = [x, weight, bias, slope];
  return convTranspose2dPreluOp(plus ? [...inputs, plus] : inputs, options, into);
}

const weightGradientOp = defineOp<WeightGradientOptions>("conv2dWeightGradient", {
  shape([x, g], { kernelSize: [kh, kw], ...options }) {
    const expected = [outputSize(x[2], kh, options), outputSize(x[3], kw, options)];
    if (x[0] !== g[0] || g[2] !== expected[0] || g[3] !== expected[1]) {
      throw new ShapeError(`the convolution of x is [${expected}] pixels, not [${g[2]},${g[3]}]`);
    }
    return [g[1], x[1], kh, kw];
  },
  // Inputs are x and g of each use of the weight, all alike.
  forward(device, inputs, y, options) {
    const uses = inputs.flatMap((x, i) => i % 2 === 0 ? [[x, inputs[i + 1]] as const] : []);
    runWeightGradient(device, uses, y, options);
  },
  gradients: [(v, { inputs, index, options: { stride, padding } }) => {
    if (index % 2 === 1) return conv2d(inputs[index - 1], v, undefined, { stride, padding });
    const { shape } = inputs[index];
    const outputSize = [shape[2], shape[3]] as const;
    return convTranspose2d(inputs[index + 1], v, undefined, { stride, padding, outputSize });
  }],
});

/** The gradient of a weight for one of its uses. */
function weightGradientSum(
  g: Tensor,
  use: readonly [x: Tensor, g: Tensor],
  weight: Tensor,
  { stride, padding }: Conv2dOptions,
): SampleSum {
  const kernelSize = [weight.shape[2], weight.shape[3]] as const;
  const options = { stride, padding, kernelSize };
  return {
    g,
    operands: use,
    kind: `${use.map(({ shape }) => formatShape(shape))} ${stride} ${padding}`,
    total: (operands) => weightGradientOp(operands, options),
  };
}

/**
 * The gradient of sum(g * conv2d(x, weight)) for the weight: x [n,c,h,w], g [n,k,h',w'] ->
 * [k,c,kh,kw]. With conv2d and convTranspose2d it is one form, linear in each of three tensors;
 * the gradients of any of the three are the other two.
 */
export function conv2dWeightGradient(x: Tensor, g: Tensor, options: WeightGradientOptions): Tensor {
  return weightGradientOp([x, g], options);
}
