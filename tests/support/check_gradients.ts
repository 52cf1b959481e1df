import assert from "assert";
import { gradient } from "../../src/autograd/gradient.ts";
import { add, multiply, sum } from "../../src/autograd/ops/mod.ts";
import { scope } from "../../src/autograd/scope.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import type { Device } from "../../src/gpu/device.ts";
import { randomValues, readWhole, type Values } from "./values.ts";

/** A differentiable function of tensors; a gradient that is not there counts as 0. */
export type TensorFunction = (xs: readonly Tensor[]) => readonly (Tensor | undefined)[];

/**
 * How far a derivative may be from the finite difference, in lengths of the gradient. The float32
 * results are good to 1e-7, which the difference quotient makes 1e-5 of.
 */
const TOLERANCE = 2e-4;

/** The step: large, since the quotient's own error is of its fourth order. */
const STEP = 2 ** -6;

/** Random directions in which the derivatives are compared. */
const DIRECTIONS = 2;

/**
 * Compares the gradients of `f` at `xs` with central differences (five points, so exact for
 * polynomials of fourth degree) along random directions, summed in float64; then, for a higher
 * order, those of the gradient itself, by the inputs and by what comes after.
 */
export async function checkGradients(
  device: Device,
  f: TensorFunction,
  xs: readonly Values[],
  { order = 2, level = 1 } = {},
): Promise<void> {
  const shapes = xs.map(({ shape }) => `[${shape}]`).join(" ");
  const outputs = await evaluate(device, f, xs);
  const cotangents = outputs.map((y, i) => y && randomValues(`cotangent ${level} ${i}`, y.shape));
  const all = [...xs, ...cotangents.filter((values) => values !== undefined)];
  const gradients = await evaluate(device, vectorJacobian(f, xs.length), all);
  await Promise.all(Array.from({ length: DIRECTIONS }, async (_, direction) => {
    const along = xs.map(({ shape }, i) => randomValues(`${level} ${direction} ${i}`, shape));
    const at = async (steps: number) => {
      const moved = xs.map(({ shape, data }, i) => ({
        shape,
        data: data.map((value, j) => value + steps * STEP * along[i].data[j]),
      }));
      return inner(await evaluate(device, f, moved), cotangents);
    };
    const [a, b, c, d] = await Promise.all([-2, -1, 1, 2].map(at));
    const expected = (8 * (c - b) - (d - a)) / (12 * STEP);
    const actual = inner(gradients, along);
    const length = Math.max(Math.sqrt(inner(gradients, gradients)), 1e-2);
    const error = Math.abs(actual - expected) / length;
    assert.ok(
      error <= TOLERANCE,
      `order ${level} at ${shapes}: the derivative is ${actual}, by finite differences ${expected}; ` +
        `off by ${error.toExponential(2)} of the gradient's length, allowed ${TOLERANCE}`,
    );
  }));
  if (order === 1) return;
  const rest = { order: order - 1, level: level + 1 };
  await checkGradients(device, vectorJacobian(f, xs.length), all, rest);
}

/** The gradients of sum(f(xs) * cotangents) for xs, as a function of xs and the cotangents. */
function vectorJacobian(f: TensorFunction, count: number): TensorFunction {
  return (all) => {
    const xs = all.slice(0, count);
    const ys = f(xs).filter((y) => y !== undefined);
    const terms = ys.map((y, i) => sum(multiply(y, all[count + i])));
    return gradient(terms.reduce(add), xs, { createGraph: true });
  };
}

/** Runs `f`, history recorded, and downloads its results; their spare channels must be 0. */
export async function evaluate(
  device: Device,
  f: TensorFunction,
  xs: readonly Values[],
  what = "a gradient",
): Promise<(Values | undefined)[]> {
  const outputs = scope(() => f(xs.map((x) => upload(device, x))).map((y) => y?.detach()));
  const values = outputs.map(async (y) => y && await readWhole(y, what));
  return await Promise.all(values).finally(() => outputs.forEach((y) => y?.dispose()));
}

function upload(device: Device, { shape, data }: Values): Tensor {
  const tensor = Tensor.from(device, shape, data);
  tensor.requiresGrad = true;
  return tensor;
}

/** The inner product of two lists of vectors; what is not there is 0. */
function inner(
  as: readonly (Values | undefined)[],
  bs: readonly (Values | undefined)[],
): number {
  let total = 0;
  as.forEach((a, i) => a?.data.forEach((value, j) => total += value * (bs[i]?.data[j] ?? 0)));
  return total;
}
