import type { Device } from "../../gpu/device.ts";
import { Kernel } from "../../gpu/kernel.ts";
import resizeSource from "../../wgsl/resize_bilinear.wgsl" with { type: "text" };
import transposeSource from "../../wgsl/resize_bilinear_transpose.wgsl" with { type: "text" };
import { defineOp, type Op } from "../op.ts";
import { packedQuads } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { linearGrid } from "./dispatch.ts";

const resizeKernel = new Kernel("resize_bilinear", resizeSource);
const transposeKernel = new Kernel("resize_bilinear_transpose", transposeSource);

interface ResizeOptions {
  readonly height: number;
  readonly width: number;
  readonly gain: number;
}

/** `step` is the distance of the resized image's pixels in pixels of the original. */
function run(
  kernel: Kernel,
  device: Device,
  x: Tensor,
  y: Tensor,
  step: { x: number; y: number },
  gain: number,
): void {
  const [, , height, width] = y.shape;
  const [, , xHeight, xWidth] = x.shape;
  const size = packedQuads(y.shape);
  device.run(
    kernel,
    { x: x.storage, y: y.storage },
    {
      size,
      width,
      height,
      x_width: xWidth,
      x_height: xHeight,
      gain,
      step_x: step.x,
      step_y: step.y,
    },
    linearGrid(size),
  );
}

const resizeOp: Op<ResizeOptions> = defineOp<ResizeOptions>("resizeBilinear", {
  shape: ([[n, c]], { height, width }) => [n, c, height, width],
  forward(device, [x], y, { gain }) {
    const step = { x: x.shape[3] / y.shape[3], y: x.shape[2] / y.shape[2] };
    run(resizeKernel, device, x, y, step, gain);
  },
  gradients: [
    (g, { inputs: [{ shape: [, , height, width] }], options: { gain } }) =>
      transposeOp([g], { height, width, gain }),
  ],
});

const transposeOp: Op<ResizeOptions> = defineOp<ResizeOptions>("resizeBilinearTranspose", {
  shape: ([[n, c]], { height, width }) => [n, c, height, width],
  forward(device, [x], y, { gain }) {
    const step = { x: y.shape[3] / x.shape[3], y: y.shape[2] / x.shape[2] };
    run(transposeKernel, device, x, y, step, gain);
  },
  gradients: [
    (g, { inputs: [{ shape: [, , height, width] }], options: { gain } }) =>
      resizeOp([g], { height, width, gain }),
  ],
});

/**
 * Bilinear resizing by `scale`, the values times `gain`: a flow shrinks in value with its image.
 * [n,c,h,w] -> [n,c,floor(h*scale),floor(w*scale)], as torch.nn.functional.interpolate to that size
 * (align_corners = false): where it is not a whole number, the scale is that of the sizes.
 */
export function resizeBilinear(x: Tensor, scale: number, gain = 1): Tensor {
  if (scale === 1 && gain === 1) return x;
  const [, , h, w] = x.shape;
  return resizeOp([x], { height: Math.floor(h * scale), width: Math.floor(w * scale), gain });
}

/** {@link resizeBilinear} to a separate size along each axis. */
export function resizeBilinearTo(x: Tensor, height: number, width: number): Tensor {
  return resizeOp([x], { height, width, gain: 1 });
}

/** The transpose of {@link resizeBilinear} from `height` x `width` to x's size. */
export function resizeBilinearTranspose(
  x: Tensor,
  height: number,
  width: number,
  gain = 1,
): Tensor {
  return transposeOp([x], { height, width, gain });
}
