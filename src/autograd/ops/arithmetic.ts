import { Kernel } from "../../gpu/kernel.ts";
import type { Device } from "../../gpu/device.ts";
import fillSource from "../../wgsl/fill.wgsl" with { type: "text" };
import { defineOp, type GradientRule, type Op } from "../op.ts";
import { broadcastShapes, formatShape, packedQuads, quads, type Shape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { type BinaryName, runBinary } from "./binary_kernel.ts";
import { sumTo } from "./broadcasting.ts";
import { linearGrid } from "./dispatch.ts";
import { unary } from "./unary.ts";

const fillKernel = new Kernel("fill", fillSource);

/** A tensor of one value. */
export function full(device: Device, shape: Shape, value: number): Tensor {
  device.operation = `full ${formatShape(shape)}`;
  const y = Tensor.empty(device, shape);
  const [, channels, height, width] = shape;
  const size = packedQuads(shape);
  device.run(
    fillKernel,
    { y: y.storage },
    { size, area: height * width, quads: quads(channels), channels, value },
    linearGrid(size),
  );
  return y;
}

const affineOp = unary("affine", "a * v + b", (g, { options }) => affine(g, options.a, 0));
const absOp = unary("abs", "abs(v)", (g, { inputs: [x] }) => multiply(g, sign(x)));
const signOp = unary("sign", "sign(v)", "constant");
const sigmoidOp = unary(
  "sigmoid",
  "1.0 / (1.0 + exp(-v))",
  (g, { y }) => multiply(g, multiply(y, affine(y, -1, 1))),
);
const clampOp = unary(
  "clamp",
  "clamp(v, a, b)",
  (g, { inputs: [x], options: { a, b } }) => multiply(g, inRange(x, a, b)),
);
const inRangeOp = unary(
  "inRange",
  "select(vec4f(), vec4f(1.0), (v >= a) & (v <= b))",
  "constant",
);
const safeSqrtOp = unary(
  "safeSqrt",
  "sqrt(max(v, vec4f()))",
  (g, { y }) => multiply(g, affine(safeReciprocal(y), 0.5, 0)),
);
const safeReciprocalOp = unary(
  "safeReciprocal",
  "select(vec4f(), 1.0 / v, v > vec4f())",
  (g, { y }) => multiply(g, affine(multiply(y, y), -1, 0)),
);

/** a * x + b. */
export function affine(x: Tensor, a: number, b: number): Tensor {
  return affineOp(x, a, b);
}

/** |x|; the gradient at 0 is 0. */
export function abs(x: Tensor): Tensor {
  return absOp(x);
}

/** -1, 0 or 1. No gradient flows. */
export function sign(x: Tensor): Tensor {
  return signOp(x);
}

/** 1 / (1 + exp(-x)). */
export function sigmoid(x: Tensor): Tensor {
  return sigmoidOp(x);
}

/** x, not below `low` and not above `high`; the gradient is 1 between them, both included. */
export function clamp(x: Tensor, low: number, high: number): Tensor {
  return clampOp(x, low, high);
}

/** 1 where low <= x <= high, else 0. No gradient flows. */
export function inRange(x: Tensor, low: number, high: number): Tensor {
  return inRangeOp(x, low, high);
}

/** The square root, 0 for what is below; its gradient at 0 is 0, where the true one is infinite. */
export function safeSqrt(x: Tensor): Tensor {
  return safeSqrtOp(x);
}

/** 1 / x where x > 0, else 0. */
export function safeReciprocal(x: Tensor): Tensor {
  return safeReciprocalOp(x);
}

function binary(name: BinaryName, gradients: GradientRule<undefined>[]): Op<undefined> {
  return defineOp<undefined>(name, {
    shape: ([a, b]) => broadcastShapes(a, b),
    forward: (device, [a, b], y) => runBinary(device, name, a, b, y),
    gradients,
  });
}

const addOp = binary("add", [
  (g, { inputs }) => sumTo(g, inputs[0].shape),
  (g, { inputs }) => sumTo(g, inputs[1].shape),
]);
const subtractOp = binary("subtract", [
  (g, { inputs }) => sumTo(g, inputs[0].shape),
  (g, { inputs }) => sumTo(affine(g, -1, 0), inputs[1].shape),
]);
const multiplyOp = binary("multiply", [
  (g, { inputs: [a, b] }) => sumTo(multiply(g, b), a.shape),
  (g, { inputs: [a, b] }) => sumTo(multiply(g, a), b.shape),
]);
const divideOp = binary("divide", [
  (g, { inputs: [a, b] }) => sumTo(divide(g, b), a.shape),
  (g, { inputs: [, b], y }) => sumTo(affine(multiply(g, divide(y, b)), -1, 0), b.shape),
]);
const greaterOp = binary("greater", ["constant"]);

/** a + b. Sizes are equal or 1, here and in the other operations on two tensors. */
export function add(a: Tensor, b: Tensor): Tensor {
  return addOp([a, b], undefined);
}

/** a - b. */
export function subtract(a: Tensor, b: Tensor): Tensor {
  return subtractOp([a, b], undefined);
}

/** a * b, element by element. */
export function multiply(a: Tensor, b: Tensor): Tensor {
  return multiplyOp([a, b], undefined);
}

/** a / b. */
export function divide(a: Tensor, b: Tensor): Tensor {
  return divideOp([a, b], undefined);
}

/** 1 where a > b, else 0. No gradient flows. */
export function greater(a: Tensor, b: Tensor): Tensor {
  return greaterOp([a, b], undefined);
}
