import { Kernel } from "../../gpu/kernel.ts";
import reframeSource from "../../wgsl/reframe.wgsl" with { type: "text" };
import { defineOp, type Op } from "../op.ts";
import { packedQuads } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { linearGrid } from "./dispatch.ts";

const reframeKernel = new Kernel("reframe", reframeSource);

/** Where an image goes in another of `height` x `width`; negative offsets cut. */
export interface Frame {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

const reframeOp: Op<Frame> = defineOp<Frame>("reframe", {
  shape: ([[n, c]], { height, width }) => [n, c, height, width],
  forward(device, [x], y, { top, left, height, width }) {
    const size = packedQuads(y.shape);
    const [, , xHeight, xWidth] = x.shape;
    device.run(
      reframeKernel,
      { x: x.storage, y: y.storage },
      { size, width, height, x_width: xWidth, x_height: xHeight, left, top },
      linearGrid(size),
    );
  },
  gradients: [
    (g, { inputs: [{ shape: [, , height, width] }], options: { top, left } }) =>
      reframeOp([g], { top: -top, left: -left, height, width }),
  ],
});

/**
 * x [n,c,h,w] in another frame, [n,c,height,width]: its first pixel comes to (top, left), what
 * lies outside is cut, what nothing covers is 0. It pads, crops and shifts, and is its own transpose.
 */
export function reframe(x: Tensor, frame: Frame): Tensor {
  return reframeOp([x], frame);
}
