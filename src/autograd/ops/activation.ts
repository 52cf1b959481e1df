import { Kernel } from "../../gpu/kernel.ts";
import multiplyBelowSource from "../../wgsl/multiply_below.wgsl" with { type: "text" };
import selectSlopeSource from "../../wgsl/select_slope.wgsl" with { type: "text" };
import { defineOp, type Op } from "../op.ts";
import { formatShape, packedQuads, quads, sameShape, ShapeError } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { full } from "./arithmetic.ts";
import { linearGrid } from "./dispatch.ts";
import { sampleSum } from "./sample_sum.ts";

const selectSlopeKernel = new Kernel("select_slope", selectSlopeSource);
const multiplyBelowKernel = new Kernel("multiply_below", multiplyBelowSource);

const selectSlopeOp = defineOp<undefined>("selectSlope", {
  shape([v, s, slope]) {
    if (!sameShape(v, s)) {
      throw new ShapeError(`values ${formatShape(v)} and signs ${formatShape(s)} differ in shape`);
    }
    if (!sameShape(slope, [1, v[1], 1, 1])) {
      throw new ShapeError(`slopes ${formatShape(slope)} do not fit ${v[1]} channels`);
    }
    return v;
  },
  forward(device, [v, s, slope], y) {
    const [, channels, height, width] = v.shape;
    const size = packedQuads(v.shape);
    device.run(
      selectSlopeKernel,
      { v: v.storage, s: s.storage, slope: slope.storage, y: y.storage },
      { size, area: height * width, quads: quads(channels) },
      linearGrid(size),
    );
  },
  gradients: [
    (g, { inputs: [, s, slope] }) => selectSlope(g, s, slope),
    "constant",
    (g, { inputs: [v, s, slope] }) => sampleSum(multiplyBelow([g, v, s], undefined), slope.shape),
  ],
});

/** a * b where s is not above 0, and 0 elsewhere: what a slope's gradient is the sum of. */
const multiplyBelow: Op<undefined> = defineOp<undefined>("multiplyBelow", {
  shape: ([a]) => a,
  forward(device, [a, b, s], y) {
    const size = packedQuads(a.shape);
    const buffers = { a: a.storage, b: b.storage, s: s.storage, y: y.storage };
    device.run(multiplyBelowKernel, buffers, { size }, linearGrid(size));
  },
  gradients: [
    (g, { inputs: [, b, s] }) => multiplyBelow([g, b, s], undefined),
    (g, { inputs: [a, , s] }) => multiplyBelow([a, g, s], undefined),
    "constant",
  ],
});

/**
 * v where s > 0, slope * v elsewhere; linear in v and in slope, which makes this one operation its
 * own derivative: the whole family of rectifiers, to any order.
 */
export function selectSlope(v: Tensor, s: Tensor, slope: Tensor): Tensor {
  return selectSlopeOp([v, s, slope], undefined);
}

/** x where x > 0, slope * x elsewhere, a learned slope per channel [1,c,1,1]. */
export function prelu(x: Tensor, slope: Tensor): Tensor {
  return selectSlope(x, x, slope);
}

/** x where x > 0, slope * x elsewhere, one fixed slope. */
export function leakyRelu(x: Tensor, slope: number): Tensor {
  return selectSlope(x, x, full(x.device, [1, x.shape[1], 1, 1], slope));
}
