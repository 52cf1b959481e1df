import { Kernel } from "../../gpu/kernel.ts";
import unarySource from "../../wgsl/unary.wgsl" with { type: "text" };
import { defineOp, type GradientRule } from "../op.ts";
import { packedQuads, quads } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { linearGrid } from "./dispatch.ts";
import { withFormula } from "./formula.ts";

/** What a formula may depend on besides x. */
interface Constants {
  readonly a: number;
  readonly b: number;
}

/**
 * An operation on each element of one tensor. `formula` is a WGSL expression of type vec4f in `v`,
 * four channels of x, and in the constants `a` and `b`, each four times (vec4f, too). What it makes
 * of spare channels does not matter: they become 0.
 */
export function unary(
  name: string,
  formula: string,
  rule: GradientRule<Constants>,
): (x: Tensor, a?: number, b?: number) => Tensor {
  const kernel = new Kernel("unary", withFormula(unarySource, formula));
  const op = defineOp<Constants>(name, {
    shape: ([x]) => x,
    forward(device, [x], y, { a, b }) {
      const [, channels, height, width] = x.shape;
      const size = packedQuads(x.shape);
      device.run(
        kernel,
        { x: x.storage, y: y.storage },
        { size, area: height * width, quads: quads(channels), channels, a, b },
        linearGrid(size),
      );
    },
    gradients: [rule],
  });
  return (x, a = 0, b = 0) => op([x], { a, b });
}
