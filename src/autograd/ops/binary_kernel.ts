import { Kernel } from "../../gpu/kernel.ts";
import type { Device } from "../../gpu/device.ts";
import binarySource from "../../wgsl/binary.wgsl" with { type: "text" };
import { packedQuads, quads, sameShape, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { linearGrid } from "./dispatch.ts";

const binaryKernel = new Kernel("binary", binarySource);

/** The numbers of binary.wgsl's cases. */
const BINARY = { add: 0, subtract: 1, multiply: 2, divide: 3, greater: 4, broadcast: 5 } as const;

/** An operation on two tensors, element by element. */
export type BinaryName = keyof typeof BINARY;

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
    binaryKernel,
    { a: a.storage, b: b.storage, y: y.storage },
    {
      ...{ size, width, height, quads: quads(channels), channels },
      ...{ a_batch: stepsA.batch, a_quad: stepsA.quad, a_row: stepsA.row },
      ...{ a_column: stepsA.column, a_splat: stepsA.splat },
      ...{ b_batch: stepsB.batch, b_quad: stepsB.quad, b_row: stepsB.row },
      ...{ b_column: stepsB.column, b_splat: stepsB.splat },
    },
    linearGrid(size),
    { OPERATION: BINARY[name], BROADCAST: flat ? 0 : 1 },
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
