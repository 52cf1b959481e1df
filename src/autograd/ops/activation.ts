import { Kernel } from "../../gpu/kernel.ts";
import selectSlopeSource from "../../wgsl/select_slope.wgsl" with { type: "text" };
import { defineOp } from "../op.ts";
import { formatShape, packedQuads, quads, sameShape, ShapeError } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { full, multiply, subtract } from "./arithmetic.ts";
import { linearGrid } from "./dispatch.ts";
import { sampleSum } from "./sample_sum.ts";

const selectSlopeKernel = new Kernel("select_slope", selectSlopeSource);

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
    (g, { inputs: [v, s, slope] }) => {
      const both = multiply(g, v);
      const positive = selectSlope(both, s, full(g.device, slope.shape, 0));
      return sampleSum(subtract(both, positive), slope.shape);
    },
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
