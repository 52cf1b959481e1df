/**
 * The network's dominating layers, forward and both gradients: the kernel that the device chooses
 * against the plain one; and the device's peak, multiply-adds in registers.
 */
import { noGrad } from "../src/autograd/op.ts";
import type { ConvolutionKernelName } from "../src/autograd/ops/convolution_choice.ts";
import { runConvolution } from "../src/autograd/ops/convolution_kernels.ts";
import { runWeightGradient } from "../src/autograd/ops/weight_gradient_kernels.ts";
import { elements, type Shape } from "../src/autograd/shape.ts";
import { Tensor } from "../src/autograd/tensor.ts";
import { Kernel } from "../src/gpu/kernel.ts";
import { Formula } from "../tests/support/formula.ts";
import fmaPeakSource from "./fma_peak.wgsl" with { type: "text" };
import { Bench, openBenchDevice } from "./measure.ts";
import { PEAK } from "./results.ts";

interface Layer {
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
    ...{ name: "256->64 4x4 at 32x32, transposed", inputs: 256, outputs: 64, transposed: true },
    ...{ side: 32, kernel: 4, stride: 2, outputSide: 64 },
  },
];

const LAYERS: readonly Layer[] = FORWARD.flatMap((layer): Layer[] =>
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

const PADDING = 1;

const device = await openBenchDevice();
const onGpu = device.adapter.type === "gpu";
/** A batch fills a GPU. */
const BATCH = onGpu ? 16 : 1;
/** Operations between two waits, which alone take some 10 ms. */
const OPERATIONS = onGpu ? { plain: 30, chosen: 500 } : { plain: 2, chosen: 2 };
const bench = new Bench(device);
const formula = new Formula(0);
const signal = filled("signal", [1, 1, 1, 1]);

interface LayerTensors {
  readonly layer: Layer;
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly slope: Tensor;
  readonly y: Tensor;
}

let current: LayerTensors | undefined;

/** A layer's tensors; those of the layer before are freed, so that the peak is one layer's. */
function tensorsOf(layer: Layer): LayerTensors {
  if (current?.layer === layer) return current;
  if (current) {
    for (const name of ["x", "weight", "bias", "slope", "y"] as const) current[name].dispose();
  }
  const { inputs, outputs, side, kernel, outputSide, transposed } = layer;
  const [first, second] = transposed ? [inputs, outputs] : [outputs, inputs];
  const weight = filled("weight", [first, second, kernel, kernel]);
  // As parameters do, so that weights are packed once.
  weight.derived = new Map();
  return current = {
    ...{ layer, weight },
    x: filled("x", [BATCH, inputs, side, side]),
    bias: filled("bias", [1, outputs, 1, 1]),
    slope: filled("slope", [1, outputs, 1, 1]),
    y: filled("y", [BATCH, outputs, outputSide, outputSide]),
  };
}

function filled(name: string, shape: Shape): Tensor {
  return Tensor.from(device, shape, formula.values(name, elements(shape)));
}

/** As if another layer had just written it: where textures are read, it is to be copied into one. */
function touch({ storage: { mirror } }: Tensor): void {
  if (mirror) mirror.fresh = false;
}

function convolve(layer: Layer, kernel?: ConvolutionKernelName): void {
  const { x, weight, bias, slope, y } = tensorsOf(layer);
  const { stride, transposed = false } = layer;
  touch(x);
  noGrad(() => {
    const way = { stride, padding: PADDING, transposed };
    const fused = layer.gradient ? {} : { bias, slope };
    runConvolution(device, x, weight, y, { ...way, ...fused, kernel });
  });
}

function weightGradient(layer: Layer, kernel?: "plain"): void {
  const { x, weight, y } = tensorsOf(layer);
  touch(x);
  touch(y);
  runWeightGradient(device, [[x, y]], weight, { stride: layer.stride, padding: PADDING, kernel });
}

function add(layer: Layer, plain: boolean): void {
  const { name, inputs, outputs, kernel, transposed, gradient } = layer;
  const side = transposed ? layer.side : layer.outputSide;
  const plainName = `${name}, plain`;
  const chosen = plain ? "plain" : undefined;
  const operations = plain ? OPERATIONS.plain : OPERATIONS.chosen;
  const measurement = {
    name: plain ? plainName : name,
    plain: plain ? undefined : plainName,
    flop: BATCH * 2 * inputs * outputs * (kernel * side) ** 2,
    movedBytes: 4 * (BATCH * (inputs * layer.side ** 2 + outputs * layer.outputSide ** 2) +
      inputs * outputs * kernel ** 2),
    operations,
    async work() {
      for (let i = 0; i < operations; i++) {
        if (gradient === "weight") weightGradient(layer, chosen);
        else convolve(layer, chosen);
      }
      await device.read(signal.storage);
    },
  };
  bench.add(measurement, { group: name, baseline: plain, n: plain ? 1 : 5 });
}

const fmaPeak = new Kernel("fma_peak", fmaPeakSource);

function addPeak(): void {
  const [groups, rounds] = onGpu ? [8192, 256] : [8, 256];
  const y = device.allocate(groups * 256 * 16);
  const operations = 50;
  bench.add({
    ...{ name: PEAK, flop: groups * 256 * rounds * 512, operations },
    async work() {
      for (let i = 0; i < operations; i++) {
        device.run(fmaPeak, { y }, { rounds, factor: 0.5 }, [groups, 1, 1]);
      }
      await device.read(signal.storage);
    },
  }, { group: PEAK, baseline: false, n: 3 });
}

addPeak();
for (const layer of LAYERS) {
  add(layer, true);
  add(layer, false);
}
