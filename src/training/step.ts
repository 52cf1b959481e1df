import { gradient } from "../autograd/gradient.ts";
import { add, affine, concat } from "../autograd/ops/mod.ts";
import { sumOfSquares } from "../autograd/ops/reduce_kernel.ts";
import { inPairs } from "../pairwise.ts";
import { type Region, scope } from "../autograd/scope.ts";
import { Tensor } from "../autograd/tensor.ts";
import type { GradientExchange } from "./exchange.ts";

/** Losses by name, [1,1,1,1] each; undefined ones are left out. */
export type NamedLosses = Readonly<Record<string, Tensor | undefined>>;

/** Losses by name with the gradients of their `total`, parameters in their order. */
export interface Pass {
  readonly losses: NamedLosses;
  readonly gradients: readonly (Tensor | undefined)[];
}

/**
 * Computes losses and the gradients of their total for `parameters`; everything between is freed.
 */
export function backpropagate(
  parameters: readonly Tensor[],
  compute: () => { readonly total: Tensor },
): Pass {
  return scope(() => {
    const losses = compute();
    const gradients = gradient(losses.total, parameters);
    const named: [string, Tensor | undefined][] = Object.entries(losses);
    const detached = named.map(([name, loss]) => [name, loss?.detach()]);
    return { losses: Object.fromEntries(detached), gradients };
  });
}

/** Reads several scalars at the cost of one wait. */
export async function readScalars(scalars: readonly Tensor[]): Promise<number[]> {
  const joined = scope(() => concat(scalars));
  const values = await joined.read();
  if (joined !== scalars[0]) joined.dispose();
  return [...values];
}

/** Gradients times a number. */
function scaled(
  gradients: readonly (Tensor | undefined)[],
  factor: number,
): (Tensor | undefined)[] {
  return gradients.map((g) => g && affine(g, factor, 0));
}

/** The weighted sum of passes over parts of a batch, computed one after the other, added in pairs. */
export function accumulate<Weighted extends { readonly weight: number }>(
  parts: readonly Weighted[],
  compute: (part: Weighted) => Pass,
): Pass {
  // A batch in one part stays bit for bit what the pass computed.
  if (parts.length === 1 && parts[0].weight === 1) return compute(parts[0]);
  const passes = parts.map((part) => () => weighted(() => compute(part), part.weight));
  return inPairs(passes, (left, right) => () => {
    const both = [left(), right()] as const;
    const total = scope(() => addPasses(...both));
    for (const { losses, gradients } of both) {
      for (const tensor of [...Object.values(losses), ...gradients]) tensor?.dispose();
    }
    return total;
  })();
}

function weighted(compute: () => Pass, weight: number): Pass {
  return scope(() => {
    const { losses, gradients } = compute();
    const scaledLosses = Object.entries(losses).map(([name, loss]) => [
      name,
      loss && affine(loss, weight, 0),
    ]);
    return { losses: Object.fromEntries(scaledLosses), gradients: scaled(gradients, weight) };
  });
}

function addPasses(a: Pass, b: Pass): Pass {
  // New tensors throughout, since the parts are freed.
  const sumOf = (x?: Tensor, y?: Tensor) => x && y ? add(x, y) : (x ?? y)?.detach();
  return {
    losses: Object.fromEntries(
      Object.keys(a.losses).map((name) => [name, sumOf(a.losses[name], b.losses[name])]),
    ),
    gradients: a.gradients.map((g, i) => sumOf(g, b.gradients[i])),
  };
}

/** A pass of a whole batch: its losses were read, its gradients are ready for the optimiser. */
export interface FinishedPass {
  readonly losses: Record<string, number>;
  readonly gradients: readonly (Tensor | undefined)[];
  /** Of all gradients together. */
  readonly norm: number;
}

/**
 * Reads a pass's losses and the norm of its gradients, at the cost of one wait, in which the device
 * does what `meanwhile` records.
 */
export async function finishPass(
  region: Region,
  { losses, gradients }: Pass,
  meanwhile = () => {},
): Promise<FinishedPass> {
  const given = Object.entries(losses).filter(([, loss]) => loss !== undefined);
  const scalars = given.map(([, loss]) => loss!);
  const square = region.run(() => sumOfSquares(gradients.filter((g) => g !== undefined)));
  const reading = region.run(() => readScalars([...scalars, square]));
  // What is recorded meanwhile may throw first: then nobody waits for it.
  reading.catch(() => {});
  meanwhile();
  const values = await reading;
  return {
    losses: Object.fromEntries(given.map(([name], i) => [name, values[i]])),
    gradients,
    norm: Math.sqrt(values[given.length]),
  };
}

/**
 * Adds what other replicas computed of the batch. All arrive at the same numbers, to the bit. What
 * `meanwhile` records, the device does while the replicas add.
 */
export async function exchangePass(
  region: Region,
  { losses, gradients }: Pass,
  exchange: GradientExchange,
  meanwhile = () => {},
): Promise<FinishedPass> {
  const given = Object.entries(losses).filter(([, loss]) => loss !== undefined);
  const reading = region.run(() => readScalars(given.map(([, loss]) => loss!)));
  // As they lie in memory: the order of values does not matter to a sum, and sorting takes time.
  const packed = gradients.map((g) => g?.device.read(g.storage));
  const [scalars, ...own] = await Promise.all([reading, ...packed]);
  meanwhile();
  const whole = await exchange.combine({
    losses: Object.fromEntries(given.map(([name], i) => [name, scalars[i]])),
    gradients: own,
  });
  const summed = region.run(() =>
    gradients.map((g, i) => {
      if (!g) return undefined;
      const sum = Tensor.empty(g.device, g.shape);
      g.device.write(sum.storage, whole.gradients[i]!);
      return sum;
    })
  );
  const { norm } = await finishPass(region, { losses: {}, gradients: summed });
  return { losses: whole.losses, gradients: summed, norm };
}
