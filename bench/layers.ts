/** The network's dominating layers, forward and both gradients, to be measured. */
import { noGrad } from "../src/autograd/op.ts";
import type { ConvolutionKernelName } from "../src/autograd/ops/convolution_choice.ts";
import { runConvolution } from "../src/autograd/ops/convolution_kernels.ts";
import { runWeightGradient } from "../src/autograd/ops/weight_gradient_kernels.ts";
import { elements, type Shape } from "../src/autograd/shape.ts";
import { Tensor } from "../src/autograd/tensor.ts";
import type { Device } from "../src/gpu/device.ts";
import { Formula } from "../tests/support/formula.ts";

/** A convolution, or a gradient of one. */
export interface Layer {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  /** Sides of the input, of the kernel and of the output. */
  readonly side: number;
  readonly kernel: number;
  readonly outputSide: number;
  readonly stride: number;
  readonly transposed?: boolean;
  readonly gradient?: "data" | "weight";
}

const FORWARD: readonly Layer[] = [
  same("240->240 3x3 at 16x16", 240, 16),
  same("150->150 3x3 at 32x32", 150, 32),
  same("90->90 3x3 at 64x64", 90, 64),
  same("32->32 3x3 at 128x128", 32, 128),
  { ...same("64->64 3x3 at 64x64, stride 2", 64, 64), stride: 2, outputSide: 32 },
  {
    name: "256->64 4x4 at 32x32, transposed",
    inputs: 256,
    outputs: 64,
    transposed: true,
    side: 32,
    kernel: 4,
    stride: 2,
    outputSide: 64,
  },
];

export const LAYERS: readonly Layer[] = FORWARD.flatMap((layer): Layer[] =>
  layer.transposed ? [layer] : [layer, dataGradient(layer), weightGradientOf(layer)]
);

/** As many channels and pixels out as in. */
function same(name: string, channels: number, side: number): Layer {
  const sides = { side, kernel: 3, outputSide: side };
  return { name, inputs: channels, outputs: channels, ...sides, stride: 1 };
}

/** The layer's transpose, as training runs it. */
function dataGradient({ name, side, outputSide, ...rest }: Layer): Layer {
  const sides = { side: outputSide, outputSide: side };
  return { ...rest, ...sides, name: `${name}, data gradient`, transposed: true, gradient: "data" };
}

function weightGradientOf(layer: Layer): Layer {
  return { ...layer, name: `${layer.name}, weight gradient`, gradient: "weight" };
}

/** Zeros around an image, of every layer. */
export const PADDING = 1;

/** Floating-point operations of a layer on a batch. */
export function flopOf({ inputs, outputs, kernel, side, ...layer }: Layer, batch: number): number {
  const pixels = layer.transposed ? side : layer.outputSide;
  return batch * 2 * inputs * outputs * (kernel * pixels) ** 2;
}

/** Bytes that a layer has to move at least: inputs, weights and results once. */
export function movedBytesOf(layer: Layer, batch: number): number {
  const { inputs, outputs, kernel, side, outputSide } = layer;
  const images = batch * (inputs * side ** 2 + outputs * outputSide ** 2);
  return 4 * (images + inputs * outputs * kernel ** 2);
}

interface LayerTensors {
  readonly layer: Layer;
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly slope: Tensor;
  readonly y: Tensor;
}

/** Runs layers on a device. */
export class LayerRuns {
  readonly #formula = new Formula(0);
  #current?: LayerTensors;

  readonly #device: Device;

  constructor(device: Device, readonly batch: number) {
    this.#device = device;
  }

  /** Records one run of a layer, by the kernel that the device would choose where none is given. */
  run(layer: Layer, kernel?: "plain"): void {
    if (layer.gradient === "weight") this.#weightGradient(layer, kernel);
    else this.#convolve(layer, kernel);
  }

  #convolve(layer: Layer, kernel?: ConvolutionKernelName): void {
    const { x, weight, bias, slope, y } = this.#tensorsOf(layer);
    const { stride, transposed = false } = layer;
    touch(x);
    noGrad(() => {
      const settings = { stride, padding: PADDING, transposed };
      const fused = layer.gradient ? {} : { bias, slope };
      runConvolution(this.#device, x, weight, y, { ...settings, ...fused, kernel });
    });
  }

  #weightGradient(layer: Layer, kernel?: "plain"): void {
    const { x, weight, y } = this.#tensorsOf(layer);
    touch(x);
    touch(y);
    const settings = { stride: layer.stride, padding: PADDING, kernel };
    runWeightGradient(this.#device, [[x, y]], weight, settings);
  }

  /** A layer's tensors; those of the layer before are freed, so that the peak is one layer's. */
  #tensorsOf(layer: Layer): LayerTensors {
    if (this.#current?.layer === layer) return this.#current;
    if (this.#current) {
      for (const name of ["x", "weight", "bias", "slope", "y"] as const) {
        this.#current[name].dispose();
      }
    }
    const { inputs, outputs, side, kernel, outputSide, transposed } = layer;
    const [first, second] = transposed ? [inputs, outputs] : [outputs, inputs];
    const weight = this.filled("weight", [first, second, kernel, kernel]);
    // As parameters do, so that weights are packed once.
    weight.derived = new Map();
    return this.#current = {
      layer,
      weight,
      x: this.filled("x", [this.batch, inputs, side, side]),
      bias: this.filled("bias", [1, outputs, 1, 1]),
      slope: this.filled("slope", [1, outputs, 1, 1]),
      y: this.filled("y", [this.batch, outputs, outputSide, outputSide]),
    };
  }

  /** A tensor of the formula's values. */
  filled(name: string, shape: Shape): Tensor {
    return Tensor.from(this.#device, shape, this.#formula.values(name, elements(shape)));
  }
}

/** As if another layer had just written it: where textures are read, it is to be copied into one. */
function touch({ storage: { mirror } }: Tensor): void {
  if (mirror) mirror.fresh = false;
}
