import { gradient } from "../autograd/gradient.ts";
import { add, affine, concat, multiply, sum } from "../autograd/ops/mod.ts";
import { scope } from "../autograd/scope.ts";
import type { Tensor } from "../autograd/tensor.ts";

/** Losses by name with the gradients of their total, parameters in their order. */
export interface Pass<Losses> {
  readonly losses: Losses;
  readonly gradients: readonly (Tensor | undefined)[];
}

/**
 * Computes losses and the gradients of their total for `parameters`; everything between is freed.
 */
export function backpropagate<Losses extends { readonly total: Tensor }>(
  parameters: readonly Tensor[],
  compute: () => Losses,
): Pass<Losses> {
  return scope(() => {
    const losses = compute();
    const gradients = gradient(losses.total, parameters);
    const detached = Object.fromEntries(
      Object.entries(losses).map(([name, loss]) => [name, (loss as Tensor | undefined)?.detach()]),
    );
    return { losses: detached as unknown as Losses, gradients };
  });
}

/** The square of the norm of all gradients together, [1,1,1,1]. */
export function squaredNorm(gradients: readonly (Tensor | undefined)[]): Tensor {
  return scope(() =>
    gradients
      .filter((g) => g !== undefined)
      .map((g) => scope(() => sum(multiply(g, g))))
      .reduce((total, square) => add(total, square))
  );
}

/** Reads several scalars at the cost of one wait. */
export async function readScalars(scalars: readonly Tensor[]): Promise<number[]> {
  const joined = scope(() => concat(scalars));
  const values = await joined.read();
  if (joined !== scalars[0]) joined.dispose();
  return [...values];
}

/** Gradients times a number; the old ones are freed. */
export function scaled(
  gradients: readonly (Tensor | undefined)[],
  factor: number,
): (Tensor | undefined)[] {
  return gradients.map((g) => {
    if (!g) return undefined;
    const result = affine(g, factor, 0);
    g.dispose();
    return result;
  });
}
