import { formatShape, type Shape } from "../shape.ts";
import type { SampleSum, Tensor } from "../tensor.ts";
import { add } from "./arithmetic.ts";
import { sumTo } from "./broadcasting.ts";

/**
 * The gradient of a parameter that was repeated over images: the sum of the gradient `g` there over
 * the axes in which `shape` has size 1, the batch among them.
 */
export function sampleSum(g: Tensor, shape: Shape): SampleSum {
  return {
    g,
    operands: [g],
    kind: formatShape(g.shape),
    total: (uses) => sumTo(uses.reduce(add), shape),
  };
}
