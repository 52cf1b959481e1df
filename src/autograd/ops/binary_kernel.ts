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
  device.run(
    binaryKernel,
    { a: a.storage, b: b.storage, y: y.storage },
    {
      ...{ size, width, height, quads: quads(channels), channels },
      ...strides("a", a.shape, channels),
      ...strides("b", b.shape, channels),
    },
    linearGrid(size),
    { OPERATION: BINARY[name], BROADCAST: flat ? 0 : 1 },
  );
}

/** Steps through a packed tensor along each axis, 0 along those that are repeated. */
function strides(prefix: string, [n, c, h, w]: Shape, channels: number): Record<string, number> {
  return {
    [`${prefix}_batch`]: n === 1 ? 0 : quads(c) * h * w,
    [`${prefix}_quad`]: c === 1 ? 0 : h * w,
    [`${prefix}_row`]: h === 1 ? 0 : w,
    [`${prefix}_column`]: w === 1 ? 0 : 1,
    [`${prefix}_splat`]: c === 1 && channels > 1 ? 1 : 0,
  };
}
