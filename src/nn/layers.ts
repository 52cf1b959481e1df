import {
  add,
  conv2d,
  type Conv2dOptions,
  conv2dPrelu,
  convTranspose2d,
  convTranspose2dPrelu,
  type FusedOutput,
  prelu,
} from "../autograd/ops/mod.ts";
import { isRecordingHistory } from "../autograd/op.ts";
import { release } from "../autograd/scope.ts";
import type { Tensor } from "../autograd/tensor.ts";
import type { ParameterStore } from "./module.ts";

/** A network, or a part of one: tensor in, tensor out. */
export type Layer = (x: Tensor) => Tensor;

/** A layer that ends in an activation; `into` is for where no history is recorded. */
export type ActivatedLayer = (x: Tensor, output?: FusedOutput) => Tensor;

/** Channels in and out, and the kernel's side and way over the image. */
export interface ConvolutionSpec extends Conv2dOptions {
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: number;
  readonly bias?: boolean;
}

/** A convolution with the parameters `<name>.weight` and, unless switched off, `<name>.bias`. */
export function convolution(p: ParameterStore, name: string, spec: ConvolutionSpec): Layer {
  const { inputs, outputs, kernel, stride, padding } = spec;
  const weight = p.declare(`${name}.weight`, [outputs, inputs, kernel, kernel]);
  const bias = spec.bias === false ? undefined : p.declare(`${name}.bias`, [outputs]);
  return (x) => conv2d(x, weight, bias, { stride, padding });
}

/** A convolution followed by a PReLU: parameters `<name>.0.weight`, `<name>.0.bias`, `<name>.1.weight`. */
export function convolutionPrelu(
  p: ParameterStore,
  name: string,
  spec: ConvolutionSpec,
): ActivatedLayer {
  const { inputs, outputs, kernel, stride, padding } = spec;
  const weight = p.declare(`${name}.0.weight`, [outputs, inputs, kernel, kernel]);
  const bias = p.declare(`${name}.0.bias`, [outputs]);
  const slope = p.declare(`${name}.1.weight`, [outputs]);
  const options = { stride, padding };
  return (x, output) =>
    isRecordingHistory()
      ? withOutput(prelu(conv2d(x, weight, bias, options), slope), output)
      : conv2dPrelu(x, weight, bias, slope, options, output);
}

/** A transposed convolution with the parameters `<name>.weight` and `<name>.bias`. */
export function transposedConvolution(
  p: ParameterStore,
  name: string,
  spec: ConvolutionSpec,
): Layer {
  const { inputs, outputs, kernel, stride, padding } = spec;
  const weight = p.declare(`${name}.weight`, [inputs, outputs, kernel, kernel]);
  const bias = p.declare(`${name}.bias`, [outputs]);
  return (x) => convTranspose2d(x, weight, bias, { stride, padding });
}

/** A transposed convolution followed by a PReLU, named as {@link convolutionPrelu}. */
export function transposedConvolutionPrelu(
  p: ParameterStore,
  name: string,
  spec: ConvolutionSpec,
): ActivatedLayer {
  const { inputs, outputs, kernel, stride, padding } = spec;
  const weight = p.declare(`${name}.0.weight`, [inputs, outputs, kernel, kernel]);
  const bias = p.declare(`${name}.0.bias`, [outputs]);
  const slope = p.declare(`${name}.1.weight`, [outputs]);
  const options = { stride, padding };
  return (x, output) =>
    isRecordingHistory()
      ? withOutput(prelu(convTranspose2d(x, weight, bias, options), slope), output)
      : convTranspose2dPrelu(x, weight, bias, slope, options, output);
}

function withOutput(y: Tensor, output?: FusedOutput): Tensor {
  if (output?.into) throw new Error("A history needs results in memory of their own");
  return output?.plus ? add(y, output.plus) : y;
}

/**
 * One layer after the other, the last with what is to become of its result; what lies between them
 * is freed unless a history needs it.
 */
export function sequential(...layers: readonly ActivatedLayer[]): ActivatedLayer {
  return (x, output) =>
    layers.reduce((value, layer, i) => {
      const next = layer(value, i === layers.length - 1 ? output : undefined);
      if (value !== x) release(value);
      return next;
    }, x);
}
