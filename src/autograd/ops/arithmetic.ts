import { Kernel } from "../../gpu/kernel.ts";
import type { Device } from "../../gpu/device.ts";
import fillSource from "../../wgsl/fill.wgsl" with { type: "text" };
import unarySource from "../../wgsl/unary.wgsl" with { type: "text" };
import { defineOp, type GradientRule, type Op } from "../op.ts";
import { broadcastShapes, formatShape, packedQuads, quads, type Shape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { type BinaryName, runBinary } from "./binary_kernel.ts";
import { sumTo } from "./broadcasting.ts";
import { linearGrid } from "./dispatch.ts";

const fillKernel = new Kernel("fill", fillSource);
const unaryKernel = new Kernel("unary", unarySource);

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

interface Constants {
  readonly a: number;
  readonly b: number;
}

/** The numbers of unary.wgsl's cases. */
const UNARY = {
  affine: 0,
  abs: 1,
  sign: 2,
  sigmoid: 3,
  clamp: 4,
  inRange: 5,
  safeSqrt: 6,
  safeReciprocal: 7,
} as const;

function unary(name: keyof typeof UNARY, rule: GradientRule<Constants>): Op<Constants> {
  return defineOp<Constants>(name, {
    shape: ([x]) => x,
    forward(device, [x], y, { a, b }) {
      const [, channels, height, width] = x.shape;
      const size = packedQuads(x.shape);
      device.run(
        unaryKernel,
        { x: x.storage, y: y.storage },
        { size, area: height * width, quads: quads(channels), channels, a, b },
        linearGrid(size),
        { OPERATION: UNARY[name] },
      );
    },
    gradients: [rule],
  });
}

const NONE: Constants = { a: 0, b: 0 };

const affineOp = unary("affine", (g, { options }) => affine(g, options.a, 0));
const absOp = unary("abs", (g, { inputs }) => multiply(g, sign(inputs[0])));
const signOp = unary("sign", "constant");
const sigmoidOp = unary("sigmoid", (g, { y }) => multiply(g, multiply(y, affine(y, -1, 1))));
const clampOp = unary(
  "clamp",
  (g, { inputs, options }) => multiply(g, inRange(inputs[0], options.a, options.b)),
);
const inRangeOp = unary("inRange", "constant");
const safeSqrtOp = unary("safeSqrt", (g, { y }) => multiply(g, affine(safeReciprocal(y), 0.5, 0)));
const safeReciprocalOp = unary(
  "safeReciprocal",
  (g, { y }) => multiply(g, affine(multiply(y, y), -1, 0)),
);

/** a * x + b. */
export function affine(x: Tensor, a: number, b: number): Tensor {
  return affineOp([x], { a, b });
}

/** |x|; the gradient at 0 is 0. */
export function abs(x: Tensor): Tensor {
  return absOp([x], NONE);
}

/** -1, 0 or 1. No gradient flows. */
export function sign(x: Tensor): Tensor {
  return signOp([x], NONE);
}

/** 1 / (1 + exp(-x)). */
export function sigmoid(x: Tensor): Tensor {
  return sigmoidOp([x], NONE);
}

/** x, not below `low` and not above `high`; the gradient is 1 between them, both included. */
export function clamp(x: Tensor, low: number, high: number): Tensor {
  return clampOp([x], { a: low, b: high });
}

/** 1 where low <= x <= high, else 0. No gradient flows. */
export function inRange(x: Tensor, low: number, high: number): Tensor {
  return inRangeOp([x], { a: low, b: high });
}

/** The square root, 0 for what is below; its gradient at 0 is 0, where the true one is infinite. */
export function safeSqrt(x: Tensor): Tensor {
  return safeSqrtOp([x], NONE);
}

/** 1 / x where x > 0, else 0. */
export function safeReciprocal(x: Tensor): Tensor {
  return safeReciprocalOp([x], NONE);
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
