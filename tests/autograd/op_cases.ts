import * as ops from "../../src/autograd/ops/mod.ts";
import type { Shape } from "../../src/autograd/shape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { randomValues, type Values } from "../support/check_gradients.ts";

export type OpName = keyof typeof ops;

/** An operation called with some options. */
export interface Case {
  /** The inputs' shapes, or values where random ones would meet a kink or a pole. */
  readonly inputs: readonly (Shape | Values)[];
  readonly run: (...xs: Tensor[]) => Tensor;
}

/** Numbers of which none is between -0.3 and 0.3. */
function farFromZero(shape: Shape): Values {
  const { data } = randomValues("far from zero", shape);
  return { shape, data: data.map((v) => v < 0 ? 0.7 * v - 0.3 : 0.7 * v + 0.3) };
}

/** Numbers from 0.5 to 1.5. */
function positive(shape: Shape): Values {
  return { shape, data: randomValues("positive", shape).data.map((v) => 1 + v / 2) };
}

const X: Shape = [2, 5, 3, 4];
const PER_CHANNEL: Shape = [1, 5, 1, 1];
const strided = { stride: 2, padding: 1 };

const at = (top: number, left: number, height: number, width: number) => ({
  ...{ top, left, height, width },
});

/** Checked by finite differences to the second order. */
export const SECOND_ORDER: Readonly<Partial<Record<OpName, readonly Case[]>>> = {
  affine: [{ inputs: [X], run: (x) => ops.affine(x, -1.5, 2) }],
  abs: [{ inputs: [farFromZero(X)], run: ops.abs }],
  sigmoid: [{ inputs: [X], run: ops.sigmoid }],
  clamp: [{ inputs: [farFromZero(X)], run: (x) => ops.clamp(x, -2, 0.1) }],
  safeSqrt: [{ inputs: [positive(X)], run: ops.safeSqrt }],
  safeReciprocal: [{ inputs: [positive(X)], run: ops.safeReciprocal }],
  add: [{ inputs: [X, PER_CHANNEL], run: ops.add }],
  subtract: [{ inputs: [[2, 1, 3, 1], X], run: ops.subtract }],
  multiply: [{ inputs: [X, X], run: ops.multiply }, {
    inputs: [[1, 5, 1, 4], X],
    run: ops.multiply,
  }],
  divide: [{ inputs: [X, positive(X)], run: ops.divide }, {
    inputs: [X, positive([2, 1, 1, 4])],
    run: ops.divide,
  }],
  broadcastTo: [{ inputs: [[1, 5, 1, 4]], run: (x) => ops.broadcastTo(x, X) }],
  sumTo: [{ inputs: [X], run: (x) => ops.sumTo(x, [2, 1, 3, 1]) }],
  sum: [{ inputs: [X], run: ops.sum }],
  mean: [{ inputs: [X], run: (x) => ops.mean(x) }, {
    inputs: [X],
    run: (x) => ops.mean(x, [2, 1, 1, 1]),
  }],
  conv2d: [
    {
      inputs: [[2, 5, 6, 7], [6, 5, 3, 3], [1, 6, 1, 1]],
      run: (x, w, b) => ops.conv2d(x, w, b, strided),
    },
    {
      inputs: [[1, 3, 5, 4], [2, 3, 2, 3]],
      run: (x, w) => ops.conv2d(x, w, undefined, { stride: 1, padding: 0 }),
    },
  ],
  convTranspose2d: [
    {
      inputs: [[2, 5, 3, 4], [5, 6, 4, 4], [1, 6, 1, 1]],
      run: (x, w, b) => ops.convTranspose2d(x, w, b, strided),
    },
    {
      inputs: [[1, 3, 3, 3], [3, 2, 3, 3]],
      run: (x, w) => ops.convTranspose2d(x, w, undefined, { ...strided, outputSize: [6, 5] }),
    },
  ],
  conv2dWeightGradient: [{
    inputs: [[2, 5, 6, 7], [2, 6, 3, 4]],
    run: (x, g) => ops.conv2dWeightGradient(x, g, { ...strided, kernelSize: [3, 3] }),
  }],
  prelu: [{ inputs: [farFromZero(X), PER_CHANNEL], run: ops.prelu }],
  leakyRelu: [{ inputs: [farFromZero(X)], run: (x) => ops.leakyRelu(x, 0.2) }],
  selectSlope: [{ inputs: [X, farFromZero(X), PER_CHANNEL], run: ops.selectSlope }],
  gaussianBlur: [{ inputs: [[2, 5, 3, 7]], run: (x) => ops.gaussianBlur(x, 4) }],
  gaussianBlurTranspose: [{ inputs: [[2, 5, 3, 7]], run: (x) => ops.gaussianBlurTranspose(x, 4) }],
  decimate: [{ inputs: [[2, 5, 5, 6]], run: ops.decimate }],
  insertZeros: [{ inputs: [[2, 5, 3, 3]], run: (x) => ops.insertZeros(x, 5, 6) }],
  resizeBilinear: [
    { inputs: [[2, 5, 7, 9]], run: (x) => ops.resizeBilinear(x, 0.5, 0.25) },
    { inputs: [[2, 5, 3, 5]], run: (x) => ops.resizeBilinear(x, 4) },
    { inputs: [[1, 1, 5, 7]], run: (x) => ops.resizeBilinear(x, 1.3) },
    { inputs: [[1, 1, 11, 10]], run: (x) => ops.resizeBilinear(x, 0.3) },
    { inputs: [[1, 1, 1, 1]], run: (x) => ops.resizeBilinear(x, 3) },
  ],
  resizeBilinearTo: [{ inputs: [[2, 5, 7, 9]], run: (x) => ops.resizeBilinearTo(x, 4, 12) }],
  reframe: [
    { inputs: [[2, 5, 3, 4]], run: (x) => ops.reframe(x, at(1, 2, 5, 7)) },
    { inputs: [[2, 5, 6, 7]], run: (x) => ops.reframe(x, at(-2, -1, 3, 5)) },
    { inputs: [[1, 1, 4, 4]], run: (x) => ops.reframe(x, at(-1, 2, 4, 4)) },
  ],
  resizeBilinearTranspose: [
    { inputs: [[2, 5, 3, 4]], run: (x) => ops.resizeBilinearTranspose(x, 7, 9, 2) },
    { inputs: [[1, 1, 7, 9]], run: (x) => ops.resizeBilinearTranspose(x, 3, 4) },
  ],
  concat: [
    { inputs: [[1, 3, 2, 2], [1, 6, 2, 2], [1, 2, 2, 2]], run: (...xs) => ops.concat(xs) },
    { inputs: [[2, 4, 2, 2], [2, 8, 2, 2], [2, 1, 2, 2]], run: (...xs) => ops.concat(xs) },
    { inputs: [[1, 3, 2, 2]], run: (x) => ops.concat([x, x]) },
  ],
  sliceChannels: [
    { inputs: [[2, 11, 2, 2]], run: (x) => ops.sliceChannels(x, 3, 6) },
    { inputs: [[2, 11, 2, 2]], run: (x) => ops.sliceChannels(x, 4, 7) },
    { inputs: [[2, 11, 2, 2]], run: (x) => ops.sliceChannels(x, 8, 2) },
  ],
  embedChannels: [
    { inputs: [[2, 6, 2, 2]], run: (x) => ops.embedChannels(x, 3, 11) },
    { inputs: [[2, 6, 2, 2]], run: (x) => ops.embedChannels(x, 4, 10) },
    { inputs: [[2, 3, 2, 2]], run: (x) => ops.embedChannels(x, 8, 13) },
  ],
};

/** Shifts that end amid four pixels, so that a small step stays between the same ones; or outside. */
function shifts([n, c, h, w]: Shape): Values {
  const { data } = randomValues("shifts", [n, c, h, w]);
  return {
    shape: [n, c, h, w],
    data: data.map((v) => Math.round(3 * v) + 0.5 + 0.3 * v),
  };
}

/** Declared first-order: finite differences to the first, and an error when more is asked. */
export const FIRST_ORDER: Readonly<Partial<Record<OpName, readonly Case[]>>> = {
  warp: [
    { inputs: [[2, 5, 6, 7], shifts([2, 2, 6, 7])], run: (x, flow) => ops.warp(x, flow) },
    { inputs: [[2, 1, 5, 4], shifts([2, 4, 5, 4])], run: (x, flow) => ops.warp(x, flow, 2) },
    { inputs: [[1, 9, 5, 4], shifts([1, 4, 5, 4])], run: (x, flow) => ops.warp(x, flow, 0) },
  ],
};

/** No gradient flows through these. */
export const CONSTANT: Readonly<Partial<Record<OpName, (x: Tensor) => Tensor>>> = {
  full: (x) => ops.full(x.device, x.shape, 2),
  sign: ops.sign,
  inRange: (x) => ops.inRange(x, -0.5, 0.5),
  greater: (x) => ops.greater(x, ops.affine(x, -1, 0.1)),
};

/** x at each of 3 x 3 places around, 0 outside. */
function around(x: Tensor): Tensor[] {
  const [, , h, w] = x.shape;
  return [1, 0, -1].flatMap((top) =>
    [1, 0, -1].map((left) => ops.reframe(x, { top, left, height: h, width: w }))
  );
}

/** The larger of two: the one, and what the other has more. */
function larger(a: Tensor, b: Tensor): Tensor {
  return ops.add(a, ops.leakyRelu(ops.subtract(b, a), 0));
}

/** One entry of a batch as a batch of its own. */
function entryOf(x: Tensor, entry: number): Tensor {
  const [n, c, h, w] = x.shape;
  const chosen = Array.from({ length: n }, (_, i) => i === entry ? 1 : 0);
  return ops.sumTo(ops.multiply(x, Tensor.from(x.device, [n, 1, 1, 1], chosen)), [1, c, h, w]);
}

const window = { window: 3, stride: 2, padding: 1 };

/** For prediction: the same as two operations, and without a gradient. */
export const FUSED: Readonly<Partial<Record<OpName, { fused: Case; apart: Case["run"] }>>> = {
  conv2dPrelu: {
    fused: {
      inputs: [[2, 5, 6, 7], [6, 5, 3, 3], [1, 6, 1, 1], [1, 6, 1, 1]],
      run: (x, w, b, s) => ops.conv2dPrelu(x, w, b, s, strided),
    },
    apart: (x, w, b, s) => ops.prelu(ops.conv2d(x, w, b, strided), s),
  },
  convTranspose2dPrelu: {
    fused: {
      inputs: [[2, 5, 6, 7], [5, 6, 4, 4], [1, 6, 1, 1], [1, 6, 1, 1]],
      run: (x, w, b, s) => ops.convTranspose2dPrelu(x, w, b, s, strided),
    },
    apart: (x, w, b, s) => ops.prelu(ops.convTranspose2d(x, w, b, strided), s),
  },
  selectBatch: {
    fused: {
      inputs: [[4, 5, 3, 2]],
      run: (x) => ops.selectBatch(x, [1, 2, 3, 0, 0]),
    },
    apart: (x) =>
      [1, 2, 3, 0, 0].map((entry, i) => {
        const place = Array.from({ length: 5 }, (_, j) => i === j ? 1 : 0);
        return ops.multiply(entryOf(x, entry), Tensor.from(x.device, [5, 1, 1, 1], place));
      }).reduce(ops.add),
  },
  maxPool2d: {
    // Above 0, so that the zeros outside the image are never the largest.
    fused: { inputs: [positive([2, 5, 6, 7])], run: (x) => ops.maxPool2d(x, window) },
    apart: (x) => ops.decimate(around(x).reduce(larger)),
  },
  averagePool2d: {
    fused: {
      inputs: [[2, 5, 6, 7]],
      run: (x) =>
        ops.add(
          ops.averagePool2d(x, { ...window, countPadding: true }),
          ops.affine(ops.averagePool2d(x, { ...window, countPadding: false }), 3, 0),
        ),
    },
    apart: (x) => {
      const sum = around(x).reduce(ops.add);
      const inside = around(ops.full(x.device, x.shape, 1)).reduce(ops.add);
      const both = ops.add(ops.affine(sum, 1 / 9, 0), ops.affine(ops.divide(sum, inside), 3, 0));
      return ops.decimate(both);
    },
  },
};
