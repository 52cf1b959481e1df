import { linearGrid } from "../autograd/ops/dispatch.ts";
import { full } from "../autograd/ops/mod.ts";
import { keep } from "../autograd/scope.ts";
import { elements, formatShape, packedQuads, sameShape, ShapeError } from "../autograd/shape.ts";
import type { Tensor } from "../autograd/tensor.ts";
import { Kernel } from "../gpu/kernel.ts";
import adamUpdateSource from "../wgsl/adam_update.wgsl" with { type: "text" };
import type { ParameterValues } from "./module.ts";

const updateKernel = new Kernel("adam_update", adamUpdateSource);

/** torch.optim.Adam's settings, with its defaults. */
export interface AdamOptions {
  readonly learningRate?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  /** Keeps the update finite where a gradient was always 0; more than 0. */
  readonly epsilon?: number;
}

/** What is remembered of one parameter. */
interface Moments {
  readonly name: string;
  readonly parameter: Tensor;
  readonly first: Tensor;
  readonly second: Tensor;
  steps: number;
}

/** An optimiser's memory by name, as a checkpoint can hold it. */
export type AdamState = Map<string, { shape: readonly number[]; data: Float32Array<ArrayBuffer> }>;

/** Updates parameters in place by their gradients, as torch.optim.Adam. */
export class Adam {
  /** May be changed between steps. */
  learningRate: number;
  readonly #moments: readonly Moments[];
  readonly #beta1: number;
  readonly #beta2: number;
  readonly #epsilon: number;

  /** Takes named parameters: `new Adam(parameters.entries(), { learningRate: 3e-4 })`. */
  constructor(parameters: Iterable<readonly [string, Tensor]>, options: AdamOptions = {}) {
    const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
    if (!(epsilon > 0)) throw new RangeError(`Adam's epsilon must be more than 0, not ${epsilon}`);
    this.learningRate = learningRate;
    this.#beta1 = beta1;
    this.#beta2 = beta2;
    this.#epsilon = epsilon;
    this.#moments = Array.from(parameters, ([name, parameter]) => {
      const zeros = () => keep(full(parameter.device, parameter.shape, 0));
      return { name, parameter, first: zeros(), second: zeros(), steps: 0 };
    });
  }

  /**
   * One step along gradients, times `factor`, in the order of the parameters; a parameter whose
   * gradient is undefined stays as it is, and so does its memory.
   */
  step(gradients: readonly (Tensor | undefined)[], factor = 1): void {
    if (gradients.length !== this.#moments.length) {
      throw new Error(`Adam has ${this.#moments.length} parameters, not ${gradients.length}`);
    }
    this.#moments.forEach((moments, i) => {
      const g = gradients[i];
      if (g) this.#update(moments, g, factor);
    });
  }

  #update(moments: Moments, g: Tensor, factor: number): void {
    const { name, parameter, first, second } = moments;
    const { device, shape } = parameter;
    if (!sameShape(g.shape, shape)) {
      const [given, wanted] = [formatShape(g.shape), formatShape(shape)];
      throw new ShapeError(`The gradient ${given} does not fit the parameter ${name} ${wanted}`);
    }
    const steps = ++moments.steps;
    const { learningRate: rate } = this;
    const beta1 = this.#beta1;
    const beta2 = this.#beta2;
    const epsilon = this.#epsilon;
    const size = packedQuads(shape);
    device.operation = `adam ${name} ${formatShape(shape)}`;
    device.run(
      updateKernel,
      { g: g.storage, p: parameter.storage, m: first.storage, v: second.storage },
      {
        size,
        rate,
        epsilon,
        factor,
        beta1,
        rest1: 1 - beta1,
        correction1: 1 - beta1 ** steps,
        beta2,
        rest2: 1 - beta2,
        correction2: 1 - beta2 ** steps,
      },
      linearGrid(size),
    );
    parameter.forgetDerived();
  }

  /** The memory of all parameters: `<name>.exp_avg`, `<name>.exp_avg_sq` and `<name>.step`. */
  async state(): Promise<AdamState> {
    const state: AdamState = new Map();
    // All at once: hundreds of waits one after the other take longer than the copies.
    await Promise.all(this.#moments.map(async ({ name, first, second, steps }) => {
      const [m, v] = await Promise.all([first.read(), second.read()]);
      state.set(`${name}.exp_avg`, { shape: first.shape, data: m });
      state.set(`${name}.exp_avg_sq`, { shape: second.shape, data: v });
      state.set(`${name}.step`, { shape: [], data: Float32Array.of(steps) });
    }));
    return state;
  }

  /** Goes on from a {@link state}; throws, and changes nothing, where it does not fit. */
  restore(state: ReadonlyMap<string, ParameterValues>): void {
    const values = (name: string, count: number) => {
      const found = state.get(name)?.data;
      if (found?.length === count) return Float32Array.from(found);
      throw new Error(`Adam's state should have ${count} values of ${name}, not ${found?.length}`);
    };
    const all = this.#moments.map(({ name, parameter: { shape } }) => ({
      first: values(`${name}.exp_avg`, elements(shape)),
      second: values(`${name}.exp_avg_sq`, elements(shape)),
      steps: values(`${name}.step`, 1)[0],
    }));
    this.#moments.forEach((moments, i) => {
      moments.first.assign(all[i].first);
      moments.second.assign(all[i].second);
      moments.steps = all[i].steps;
    });
  }

  /** Frees the memory; the parameters stay. */
  dispose(): void {
    for (const { first, second } of this.#moments) {
      first.dispose();
      second.dispose();
    }
  }
}
