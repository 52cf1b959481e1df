import { withHistory } from "./op.ts";
import { add, full } from "./ops/arithmetic.ts";
import { scope } from "./scope.ts";
import { elements, formatShape, sameShape, ShapeError } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** How gradients are asked for. */
export interface GradientOptions {
  /** The gradient of what comes after `y`, in y's shape; 1 for a scalar where not given. */
  readonly gradOutput?: Tensor;
  /** Record how the gradients came to be, so that they can be differentiated again. */
  readonly createGraph?: boolean;
}

/**
 * The gradients of `y` for each of `xs`: reverse-mode differentiation, each operation's rule
 * applied to the gradient of its result. Undefined where y does not depend on an x.
 * @throws {Error} where an x does not require gradients, or a tensor on the way was disposed.
 */
export function gradient(
  y: Tensor,
  xs: readonly Tensor[],
  { gradOutput, createGraph = false }: GradientOptions = {},
): (Tensor | undefined)[] {
  if (gradOutput ? !sameShape(gradOutput.shape, y.shape) : elements(y.shape) !== 1) {
    throw new ShapeError(
      `The gradient of a result of shape ${formatShape(y.shape)} needs a gradOutput of that shape`,
    );
  }
  for (const x of xs) {
    if (!x.requiresGrad) throw new Error(`${formatShape(x.shape)} does not require gradients`);
  }
  const leading = tensorsLeadingTo(y, new Set(xs));
  const order = [...leading].sort((a, b) => b.id - a.id);
  return withHistory(createGraph, () =>
    scope(() => {
      const gradients = new Map<Tensor, Tensor>();
      if (leading.has(y)) gradients.set(y, gradOutput ?? full(y.device, y.shape, 1));
      const uses = new Map<Tensor, number>();
      const release = (g: Tensor) => {
        const left = (uses.get(g) ?? 1) - 1;
        uses.set(g, left);
        if (left === 0 && !createGraph && g !== gradOutput) g.dispose();
      };
      for (const tensor of order) {
        const g = gradients.get(tensor);
        if (!g || !tensor.history) continue;
        const { inputs, backward } = tensor.history;
        const wanted = inputs.map((input) => leading.has(input));
        const parts = scope(() => backward(g, wanted));
        inputs.forEach((input, i) => {
          const part = parts[i];
          if (!part) return;
          uses.set(part, (uses.get(part) ?? (part === g ? 1 : 0)) + 1);
          const sum = gradients.get(input);
          if (!sum) gradients.set(input, part);
          else {
            gradients.set(input, add(sum, part));
            release(sum);
            release(part);
          }
        });
        if (!xs.includes(tensor)) release(g);
      }
      return xs.map((x) => gradients.get(x));
    }));
}

/** The tensors on the way from `y` back to any of `targets`. */
function tensorsLeadingTo(y: Tensor, targets: ReadonlySet<Tensor>): Set<Tensor> {
  const reachable = new Set<Tensor>();
  const stack = [y];
  while (stack.length > 0) {
    const tensor = stack.pop()!;
    if (reachable.has(tensor)) continue;
    reachable.add(tensor);
    if (tensor.disposed && tensor.requiresGrad) {
      throw new Error(`Tensor ${formatShape(tensor.shape)} was disposed; a gradient needs it`);
    }
    stack.push(...(tensor.history?.inputs ?? []));
  }
  const leading = new Set<Tensor>();
  for (const tensor of [...reachable].sort((a, b) => a.id - b.id)) {
    const inputs = tensor.history?.inputs ?? [];
    if (targets.has(tensor) || inputs.some((input) => leading.has(input))) leading.add(tensor);
  }
  return leading;
}
