import { Kernel } from "../../gpu/kernel.ts";
import type { Device } from "../../gpu/device.ts";
import binarySource from "../../wgsl/binary.wgsl" with { type: "text" };
import { packedQuads, quads, sameShape, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { linearGrid } from "./dispatch.ts";
import { withFormula } from "./formula.ts";

/** The operations on two tensors: what binary.wgsl makes of u and v, four channels of each. */
const FORMULAS = {
  add: "u + v",
  subtract: "u - v",
  multiply: "u * v",
  divide: "u / v",
  greater: "select(vec4f(), vec4f(1.0), u > v)",
  broadcast: "u",
} as const;

/** An operation on two tensors, element by element. */
export type BinaryName = keyof typeof FORMULAS;

const KERNELS = Object.fromEntries(
  Object.entries(FORMULAS).map(([name, formula]) => [
    name,
    new Kernel("binary", withFormula(binarySource, formula)),
  ]),
) as Readonly<Record<BinaryName, Kernel>>;

/** Records y = a (name) b, both repeated to y's shape along their axes of size 1. */
export function runBinary(
  device: Device,
  name: BinaryName,
  a: Tensor,
  b: Tensor,
  y: Tensor,
): void {
  const [, channels, height, width] = y.shape;
  const size = packedQuads(y.shape);
  const flat = sameShape(a.shape, y.shape) && sameShape(b.shape, y.shape);
  const [stepsA, stepsB] = [stepsOf(a.shape, channels), stepsOf(b.shape, channels)];
  device.run(
    KERNELS[name],
    { a: a.storage, b: b.storage, y: y.storage },
    {
      size,
      width,
      height,
      quads: quads(channels),
      channels,
      a_batch: stepsA.batch,
      a_quad: stepsA.quad,
      a_row: stepsA.row,
      a_column: stepsA.column,
      a_splat: stepsA.splat,
      b_batch: stepsB.batch,
      b_quad: stepsB.quad,
      b_row: stepsB.row,
      b_column: stepsB.column,
      b_splat: stepsB.splat,
    },
    linearGrid(size),
    { BROADCAST: flat ? 0 : 1 },
  );
}

/** Steps through a packed tensor along each axis, 0 along those that are repeated. */
function stepsOf([n, c, h, w]: Shape, channels: number) {
  return {
    batch: n === 1 ? 0 : quads(c) * h * w,
    quad: c === 1 ? 0 : h * w,
    row: h === 1 ? 0 : w,
    column: w === 1 ? 0 : 1,
    splat: c === 1 && channels > 1 ? 1 : 0,
  };
}
