import { withHistory } from "./op.ts";
import { add, full } from "./ops/arithmetic.ts";
import { scope } from "./scope.ts";
import { elements, formatShape, sameShape, ShapeError } from "./shape.ts";
import { type SampleSum, Tensor } from "./tensor.ts";

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
      const found = new Gradients(order, (g) => !createGraph && g !== gradOutput);
      if (leading.has(y)) found.add(y, gradOutput ?? full(y.device, y.shape, 1));
      for (const tensor of order) {
        const g = found.of(tensor);
        if (!g || !tensor.history) continue;
        const { inputs, backward } = tensor.history;
        const wanted = inputs.map((input) => leading.has(input));
        const parts = scope(() => backward(g, wanted));
        inputs.forEach((input, i) => found.add(input, parts[i]));
        if (!xs.includes(tensor)) found.release(g);
      }
      return xs.map((x) => found.of(x));
    }));
}

/** What was found so far of the tensors' gradients. */
class Gradients {
  readonly #freeable: (g: Tensor) => boolean;
  readonly #totals = new Map<Tensor, Tensor>();
  /** Sums over samples that wait for those of the parameter's other uses. */
  readonly #waiting = new Map<Tensor, SampleSum[]>();
  readonly #usesLeft = new Map<Tensor, number>();
  readonly #holders = new Map<Tensor, number>();

  /** Gradients that nothing needs any more are freed where they are `freeable`. */
  constructor(order: readonly Tensor[], freeable: (g: Tensor) => boolean) {
    this.#freeable = freeable;
    for (const input of order.flatMap(({ history }) => history?.inputs ?? [])) {
      this.#usesLeft.set(input, (this.#usesLeft.get(input) ?? 0) + 1);
    }
  }

  /** Adds the gradient that one use of a tensor contributes. */
  add(tensor: Tensor, part: Tensor | SampleSum | undefined): void {
    const left = (this.#usesLeft.get(tensor) ?? 0) - 1;
    this.#usesLeft.set(tensor, left);
    if (part instanceof Tensor) {
      this.#hold(part);
      this.#join(tensor, part);
    } else if (part) {
      this.#hold(part.g);
      this.#waiting.set(tensor, [...this.#waiting.get(tensor) ?? [], part]);
    }
    if (left === 0) this.#sum(tensor);
  }

  /** The gradient of a tensor of whose uses no more is to come. */
  of(tensor: Tensor): Tensor | undefined {
    this.#sum(tensor);
    return this.#totals.get(tensor);
  }

  release(g: Tensor): void {
    const left = this.#holders.get(g)! - 1;
    this.#holders.set(g, left);
    if (left === 0 && this.#freeable(g)) g.dispose();
  }

  #hold(g: Tensor): void {
    this.#holders.set(g, (this.#holders.get(g) ?? 0) + 1);
  }

  #sum(tensor: Tensor): void {
    const sums = this.#waiting.get(tensor) ?? [];
    this.#waiting.delete(tensor);
    for (const alike of Map.groupBy(sums, ({ kind }) => kind).values()) {
      const total = scope(() => alike[0].total(alike.flatMap(({ operands }) => operands)));
      this.#hold(total);
      for (const { g } of alike) this.release(g);
      this.#join(tensor, total);
    }
  }

  #join(tensor: Tensor, part: Tensor): void {
    const before = this.#totals.get(tensor);
    if (!before) return void this.#totals.set(tensor, part);
    const total = add(before, part);
    this.#hold(total);
    this.#totals.set(tensor, total);
    this.release(before);
    this.release(part);
  }
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
