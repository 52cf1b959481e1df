import { elements, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { affine } from "./arithmetic.ts";
import { sumTo } from "./broadcasting.ts";

/** The sum of all elements, [1,1,1,1]. */
export function sum(x: Tensor): Tensor {
  return sumTo(x, [1, 1, 1, 1]);
}

/** The mean over the axes in which `shape` has size 1; over all elements where not given. */
export function mean(x: Tensor, shape: Shape = [1, 1, 1, 1]): Tensor {
  return affine(sumTo(x, shape), elements(shape) / elements(x.shape), 0);
}
