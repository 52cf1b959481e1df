import * as ops from "../../../src/autograd/ops/mod.ts";
import { elements, type Shape } from "../../../src/autograd/shape.ts";
import type { Tensor } from "../../../src/autograd/tensor.ts";
import type { Case, OpCases } from "../../support/check_op.ts";
import { build, each, pixel, summed } from "../../support/reference.ts";
import { randomValues, type Values } from "../../support/values.ts";
import {
  farFromZero,
  inThreeParts,
  numbers,
  PARTS_OF_X,
  PER_CHANNEL,
  positive,
  small,
  X,
} from "./inputs.ts";

type Inputs = Case["inputs"];

/** An operation that makes each element of one: its cases, and those at kinks. */
function elementwise(
  gradients: OpCases["gradients"],
  run: Case["run"],
  formula: (...values: number[]) => number,
  cases: readonly Inputs[],
  kinks: readonly Inputs[] = [],
): OpCases {
  const caseOf = (inputs: Inputs) => ({ inputs, run, expected: each(formula) });
  return { gradients, cases: cases.map(caseOf), values: kinks.map(caseOf) };
}

/** An operation on two tensors: also with either side repeated along every set of axes, and both. */
function binary(
  gradients: OpCases["gradients"],
  run: (a: Tensor, b: Tensor) => Tensor,
  formula: (a: number, b: number) => number,
  cases: readonly Inputs[],
  kinks: readonly Inputs[] = [],
): OpCases {
  const repeated = PARTS_OF_X.flatMap((part): Inputs[] => [
    [X, farFromZero(part)],
    [part, farFromZero(X)],
  ]);
  const both: Inputs = [[2, 1, 3, 1], farFromZero([1, 5, 1, 4])];
  return elementwise(gradients, run, formula, cases, [...repeated, both, ...kinks]);
}

/** Sums over every set of axes of an image of this size; none of its values is negative. */
function sumsOver(shape: Shape): Case[] {
  const x: Values = { shape, data: randomValues("x", shape).data.map(Math.abs) };
  return Array.from({ length: 16 }, (_, mask) => {
    const kept = shape.map((size, axis) => (mask >> axis) & 1 ? 1 : size) as unknown as Shape;
    return {
      inputs: [x],
      run: (x) => ops.sumTo(x, kept),
      expected: (x) => summed(x, kept),
      tolerance: 2e-6,
    };
  });
}

/** A mean over the axes in which `shape` has size 1. */
function meanTo(shape: Shape, run: Case["run"]): Case {
  const expected = (x: Values) => {
    const sums = summed(x, shape);
    const count = elements(x.shape) / elements(shape);
    return { shape, data: Array.from(sums.data, (sum) => sum / count) };
  };
  return { inputs: [X], run, expected };
}

function broadcast(part: Shape): Case {
  return {
    inputs: [part],
    run: (x) => ops.broadcastTo(x, X),
    expected: (x) => build(X, (place) => pixel(x, place)),
    tolerance: 0,
  };
}

const oneOrZero = (condition: boolean) => condition ? 1 : 0;
const rectified = (v: number, slope: number) => v > 0 ? v : slope * v;
const total: Case = {
  inputs: [X],
  run: ops.sum,
  expected: (x) => summed(x, [1, 1, 1, 1]),
};

export const ARITHMETIC = {
  full: elementwise("constant", (x) => ops.full(x.device, x.shape, 2.5), () => 2.5, [[X]]),
  affine: elementwise("second order", (x) => ops.affine(x, -1.5, 2), (v) => -1.5 * v + 2, [[X]]),
  abs: elementwise("second order", ops.abs, Math.abs, [[farFromZero(X)]], [[numbers(0, -3)]]),
  sign: elementwise("constant", ops.sign, Math.sign, [[farFromZero(X)]], [[numbers(0, -3, 2)]]),
  sigmoid: elementwise(
    "second order",
    ops.sigmoid,
    (v) => 1 / (1 + Math.exp(-v)),
    [[X]],
    [[numbers(-100, -10, 0, 10, 100)]],
  ),
  clamp: elementwise(
    "second order",
    (x) => ops.clamp(x, -0.125, 1.5),
    (v) => Math.min(Math.max(v, -0.125), 1.5),
    [[inThreeParts(X)]],
    [[numbers(-7, -0.125, 0, 1.5, 2.5)]],
  ),
  inRange: elementwise(
    "constant",
    (x) => ops.inRange(x, -0.125, 1.5),
    (v) => oneOrZero(v >= -0.125 && v <= 1.5),
    [[inThreeParts(X)]],
    [[numbers(-7, -0.125, 0, 1.5, 2.5)]],
  ),
  safeSqrt: elementwise(
    "second order",
    ops.safeSqrt,
    (v) => Math.sqrt(Math.max(v, 0)),
    [[positive(X)]],
    [[numbers(0, -1, 4)]],
  ),
  safeReciprocal: elementwise(
    "second order",
    ops.safeReciprocal,
    (v) => v > 0 ? 1 / v : 0,
    [[positive(X)]],
    [[numbers(0, -1, 4)]],
  ),
  add: binary("second order", ops.add, (a, b) => a + b, [[X, PER_CHANNEL]]),
  subtract: binary("second order", ops.subtract, (a, b) => a - b, [[[2, 1, 3, 1], X]]),
  multiply: binary("second order", ops.multiply, (a, b) => a * b, [[X, X], [[1, 5, 1, 4], X]]),
  divide: binary("second order", ops.divide, (a, b) => a / b, [
    [X, positive(X)],
    [X, positive([2, 1, 1, 4])],
  ]),
  greater: binary(
    "constant",
    ops.greater,
    (a, b) => oneOrZero(a > b),
    [[farFromZero(X), small(X)]],
    [[numbers(1, 2, 3), numbers(2, 2, 2)]],
  ),
  broadcastTo: {
    gradients: "second order",
    cases: [broadcast([1, 5, 1, 4])],
    values: PARTS_OF_X.map(broadcast),
  },
  sumTo: {
    gradients: "second order",
    cases: [{
      inputs: [X],
      run: (x) => ops.sumTo(x, [2, 1, 3, 1]),
      expected: (x) => summed(x, [2, 1, 3, 1]),
    }],
    values: [...sumsOver(X), ...sumsOver([3, 9, 70, 67])],
  },
  sum: { gradients: "second order", cases: [total] },
  mean: {
    gradients: "second order",
    cases: [
      meanTo([1, 1, 1, 1], (x) => ops.mean(x)),
      meanTo([2, 1, 1, 1], (x) => ops.mean(x, [2, 1, 1, 1])),
    ],
  },
  prelu: elementwise("second order", ops.prelu, rectified, [[farFromZero(X), PER_CHANNEL]], [
    [numbers(0, -1, 2), numbers(3, 3, 3)],
  ]),
  leakyRelu: elementwise(
    "second order",
    (x) => ops.leakyRelu(x, 0.25),
    (v) => rectified(v, 0.25),
    [[farFromZero(X)]],
  ),
  selectSlope: elementwise(
    "second order",
    ops.selectSlope,
    (v, s, slope) => s > 0 ? v : slope * v,
    [[X, farFromZero(X), PER_CHANNEL]],
    [[numbers(5, 5, 5), numbers(0, -1, 1), numbers(3, 3, 3)]],
  ),
} satisfies Record<string, OpCases>;
