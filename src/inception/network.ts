import {
  averagePool2d,
  concat,
  conv2dPrelu,
  full,
  maxPool2d,
  mean,
  reframe,
} from "../autograd/ops/mod.ts";
import type { Tensor } from "../autograd/tensor.ts";
import type { Layer } from "../nn/layers.ts";
import type { ParameterStore } from "../nn/module.ts";

/**
 * Which of two networks of the same parameters: PyTorch's own (torchvision), or TensorFlow's of
 * 2015 that the Fréchet Inception Distance was defined on (pytorch-fid), whose averages do not
 * count the padding, and whose last block takes a maximum.
 */
export type InceptionKind = "torchvision" | "fid";

/** Channels, kernel [height, width], and the way over the image. */
interface Spec {
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel?: readonly [number, number];
  readonly stride?: number;
  /** Zeros above and below, left and right. */
  readonly padding?: readonly [number, number];
}

/** Channels of the features. */
export const INCEPTION_FEATURES = 2048;

/** A convolution with its folded batch normalisation and a rectifier. */
function rectified(p: ParameterStore, name: string, spec: Spec): Layer {
  const { inputs, outputs, kernel = [1, 1], stride = 1, padding: [rows, columns] = [0, 0] } = spec;
  const weight = p.declare(`${name}.weight`, [outputs, inputs, ...kernel]);
  const bias = p.declare(`${name}.bias`, [outputs]);
  return (x) => {
    const slope = full(x.device, [1, outputs, 1, 1], 0);
    if (rows === columns) return conv2dPrelu(x, weight, bias, slope, { stride, padding: rows });
    const [, , h, w] = x.shape;
    const frame = { top: rows, left: columns, height: h + 2 * rows, width: w + 2 * columns };
    return conv2dPrelu(reframe(x, frame), weight, bias, slope, { stride, padding: 0 });
  };
}

const halve: Layer = (x) => maxPool2d(x, { window: 3, stride: 2, padding: 0 });
const chain = (...layers: Layer[]): Layer => (x) => layers.reduce((value, f) => f(value), x);
const branches = (...layers: Layer[]): Layer => (x) => concat(layers.map((layer) => layer(x)));

/** Kernels and paddings that keep the size. */
const SQUARE3 = { kernel: [3, 3], padding: [1, 1] } as const;
const SQUARE5 = { kernel: [5, 5], padding: [2, 2] } as const;
const row = (n: 3 | 7) => ({ kernel: [1, n], padding: [0, (n - 1) / 2] } as const);
const column = (n: 3 | 7) => ({ kernel: [n, 1], padding: [(n - 1) / 2, 0] } as const);
const HALVING = { kernel: [3, 3], stride: 2 } as const;

/**
 * Inception-v3 (Szegedy et al., 2015) up to its last pooling: images [n,3,h,w] in -1..1, sides of
 * at least 75 (299 in FID) -> features [n,2048,1,1]. Parameters as torchvision names them, batch
 * normalisation folded in: `Mixed_5b.branch1x1.weight` and `.bias`.
 */
export function inception(p: ParameterStore, kind: InceptionKind): Layer {
  const average: Layer = (x) =>
    averagePool2d(x, { window: 3, stride: 1, padding: 1, countPadding: kind === "torchvision" });
  const largest: Layer = (x) => maxPool2d(x, { window: 3, stride: 1, padding: 1 });

  /** A chain of convolutions, the channels of one the inputs of the next. */
  const steps = (
    inputs: number,
    ...specs: (readonly [string, number, Omit<Spec, "inputs" | "outputs">?])[]
  ) => {
    let channels = inputs;
    return chain(...specs.map(([name, outputs, more]) => {
      const layer = rectified(p, name, { inputs: channels, outputs, ...more });
      channels = outputs;
      return layer;
    }));
  };

  const blockA = (name: string, n: number, pooled: number) =>
    branches(
      steps(n, [`${name}.branch1x1`, 64]),
      steps(n, [`${name}.branch5x5_1`, 48], [`${name}.branch5x5_2`, 64, SQUARE5]),
      steps(
        n,
        [`${name}.branch3x3dbl_1`, 64],
        [`${name}.branch3x3dbl_2`, 96, SQUARE3],
        [`${name}.branch3x3dbl_3`, 96, SQUARE3],
      ),
      chain(average, steps(n, [`${name}.branch_pool`, pooled])),
    );

  const blockB = (name: string, n: number) =>
    branches(
      steps(n, [`${name}.branch3x3`, 384, HALVING]),
      steps(
        n,
        [`${name}.branch3x3dbl_1`, 64],
        [`${name}.branch3x3dbl_2`, 96, SQUARE3],
        [`${name}.branch3x3dbl_3`, 96, HALVING],
      ),
      halve,
    );

  const blockC = (name: string, n: number, inner: number) =>
    branches(
      steps(n, [`${name}.branch1x1`, 192]),
      steps(
        n,
        [`${name}.branch7x7_1`, inner],
        [`${name}.branch7x7_2`, inner, row(7)],
        [`${name}.branch7x7_3`, 192, column(7)],
      ),
      steps(
        n,
        [`${name}.branch7x7dbl_1`, inner],
        [`${name}.branch7x7dbl_2`, inner, column(7)],
        [`${name}.branch7x7dbl_3`, inner, row(7)],
        [`${name}.branch7x7dbl_4`, inner, column(7)],
        [`${name}.branch7x7dbl_5`, 192, row(7)],
      ),
      chain(average, steps(n, [`${name}.branch_pool`, 192])),
    );

  const blockD = (name: string, n: number) =>
    branches(
      steps(n, [`${name}.branch3x3_1`, 192], [`${name}.branch3x3_2`, 320, HALVING]),
      steps(
        n,
        [`${name}.branch7x7x3_1`, 192],
        [`${name}.branch7x7x3_2`, 192, row(7)],
        [`${name}.branch7x7x3_3`, 192, column(7)],
        [`${name}.branch7x7x3_4`, 192, HALVING],
      ),
      halve,
    );

  const blockE = (name: string, n: number, pool: Layer) => {
    const fork = (inputs: number, one: string, other: string) =>
      branches(
        steps(inputs, [`${name}.${one}`, 384, row(3)]),
        steps(inputs, [`${name}.${other}`, 384, column(3)]),
      );
    return branches(
      steps(n, [`${name}.branch1x1`, 320]),
      chain(
        steps(n, [`${name}.branch3x3_1`, 384]),
        fork(384, "branch3x3_2a", "branch3x3_2b"),
      ),
      chain(
        steps(n, [`${name}.branch3x3dbl_1`, 448], [`${name}.branch3x3dbl_2`, 384, SQUARE3]),
        fork(384, "branch3x3dbl_3a", "branch3x3dbl_3b"),
      ),
      chain(pool, steps(n, [`${name}.branch_pool`, 192])),
    );
  };

  return chain(
    steps(
      3,
      ["Conv2d_1a_3x3", 32, HALVING],
      ["Conv2d_2a_3x3", 32, { kernel: [3, 3] }],
      ["Conv2d_2b_3x3", 64, SQUARE3],
    ),
    halve,
    steps(64, ["Conv2d_3b_1x1", 80], ["Conv2d_4a_3x3", 192, { kernel: [3, 3] }]),
    halve,
    blockA("Mixed_5b", 192, 32),
    blockA("Mixed_5c", 256, 64),
    blockA("Mixed_5d", 288, 64),
    blockB("Mixed_6a", 288),
    blockC("Mixed_6b", 768, 128),
    blockC("Mixed_6c", 768, 160),
    blockC("Mixed_6d", 768, 160),
    blockC("Mixed_6e", 768, 192),
    blockD("Mixed_7a", 768),
    blockE("Mixed_7b", 1280, average),
    blockE("Mixed_7c", 2048, kind === "fid" ? largest : average),
    (x: Tensor) => mean(x, [x.shape[0], INCEPTION_FEATURES, 1, 1]),
  );
}
