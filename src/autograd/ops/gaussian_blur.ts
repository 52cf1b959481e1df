import { Kernel } from "../../gpu/kernel.ts";
import blurSource from "../../wgsl/gaussian_blur.wgsl" with { type: "text" };
import transposeSource from "../../wgsl/gaussian_blur_transpose.wgsl" with { type: "text" };
import { defineOp, type Op } from "../op.ts";
import { packedQuads, ShapeError } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { linearGrid } from "./dispatch.ts";

function blurOp(name: string, source: string, transpose: () => Op<number>): Op<number> {
  const kernel = new Kernel(name, source);
  return defineOp<number>(name, {
    shape([x]) {
      if (x[2] < 3 || x[3] < 3) throw new ShapeError("reflecting by two needs 3 x 3 pixels");
      return x;
    },
    forward(device, [x], y, gain) {
      const [, , height, width] = x.shape;
      const size = packedQuads(x.shape);
      const params = { size, width, height, gain };
      device.run(kernel, { x: x.storage, y: y.storage }, params, linearGrid(size));
    },
    gradients: [(g, { options: gain }) => transpose()([g], gain)],
  });
}

const blur: Op<number> = blurOp("gaussian_blur", blurSource, () => blurTranspose);
const blurTranspose = blurOp("gaussian_blur_transpose", transposeSource, () => blur);

/** Blurs with the 5 x 5 binomial kernel, edges reflected, the values times `gain`. */
export function gaussianBlur(x: Tensor, gain = 1): Tensor {
  return blur([x], gain);
}

/** The transpose of {@link gaussianBlur}. */
export function gaussianBlurTranspose(x: Tensor, gain = 1): Tensor {
  return blurTranspose([x], gain);
}
