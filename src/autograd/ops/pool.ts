import { Kernel } from "../../gpu/kernel.ts";
import poolSource from "../../wgsl/pool.wgsl" with { type: "text" };
import { defineOp } from "../op.ts";
import { formatShape, packedQuads, ShapeError } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { linearGrid } from "./dispatch.ts";

const poolKernel = new Kernel("pool", poolSource);

/** A square window that moves over an image. */
export interface PoolOptions {
  /** The window's side in pixels. */
  readonly window: number;
  readonly stride: number;
  /** How far the window reaches beyond each side; less than the window. */
  readonly padding: number;
}

/** How an average counts what lies outside the image. */
export interface AveragePoolOptions extends PoolOptions {
  /** True: as zeros (PyTorch's default). False: not at all. */
  readonly countPadding: boolean;
}

function poolOp(name: string, average: boolean) {
  return defineOp<AveragePoolOptions>(name, {
    shape([[n, c, h, w]], { window, stride, padding }) {
      const side = (size: number) => Math.floor((size + 2 * padding - window) / stride) + 1;
      if (padding >= window || side(h) < 1 || side(w) < 1) {
        throw new ShapeError(
          `a window of ${window} with padding ${padding} does not fit ${formatShape([n, c, h, w])}`,
        );
      }
      return [n, c, side(h), side(w)];
    },
    forward(device, [x], y, { window, stride, padding, countPadding }) {
      const [, , height, width] = y.shape;
      const [, , xHeight, xWidth] = x.shape;
      const size = packedQuads(y.shape);
      device.run(
        poolKernel,
        { x: x.storage, y: y.storage },
        {
          size,
          width,
          height,
          x_width: xWidth,
          x_height: xHeight,
          window,
          stride,
          padding,
          fixed_count: countPadding ? window * window : 0,
        },
        linearGrid(size),
        { AVERAGE: average ? 1 : 0 },
      );
    },
    gradients: [{ notDifferentiable: "pooling serves the features of a trained network only" }],
  });
}

const maxOp = poolOp("maxPool2d", false);
const averageOp = poolOp("averagePool2d", true);

/** The largest value in each window, as torch.nn.functional.max_pool2d. It has no gradient. */
export function maxPool2d(x: Tensor, options: PoolOptions): Tensor {
  return maxOp([x], { ...options, countPadding: false });
}

/** The mean of each window, as torch.nn.functional.avg_pool2d. It has no gradient. */
export function averagePool2d(x: Tensor, options: AveragePoolOptions): Tensor {
  return averageOp([x], options);
}
