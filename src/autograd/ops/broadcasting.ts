import { defineOp } from "../op.ts";
import {
  broadcastShapes,
  formatShape,
  quads,
  sameShape,
  type Shape,
  ShapeError,
} from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { runBinary } from "./binary_kernel.ts";
import { sumInto } from "./reduce_kernel.ts";

const broadcastOp = defineOp<Shape>("broadcastTo", {
  shape: ([x], shape) => {
    if (!sameShape(broadcastShapes(x, shape), shape)) {
      throw new ShapeError(`it can't be repeated to the smaller shape ${formatShape(shape)}`);
    }
    return shape;
  },
  forward: (device, [x], y) => runBinary(device, "broadcast", x, x, y),
  gradients: [(g, { inputs }) => sumTo(g, inputs[0].shape)],
});

/** Repeats x along its axes of size 1 up to `shape`. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  return broadcastOp([x], shape);
}

const sumToOp = defineOp<Shape>("sumTo", {
  shape: ([x], shape) => {
    if (!sameShape(broadcastShapes(x, shape), x)) {
      throw new ShapeError(`the sum can't have the larger shape ${formatShape(shape)}`);
    }
    return shape;
  },
  forward(device, [x], y, shape) {
    const [n, c, h, w] = x.shape;
    const over = (axis: number) => x.shape[axis] !== shape[axis];
    const reduced = [over(0), over(1), over(2), over(3)] as const;
    sumInto(device, x.storage, [n, quads(c), h, w], reduced, y.storage);
  },
  gradients: [(g, { inputs }) => broadcastTo(g, inputs[0].shape)],
});

/** Sums over the axes in which `shape` has size 1: the transpose of broadcasting. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : sumToOp([x], shape);
}
