import type { Device } from "../gpu/device.ts";
import { elements, formatShape, type Shape } from "../autograd/shape.ts";
import { Tensor } from "../autograd/tensor.ts";

/** A parameter's values before they are on a device. */
export interface ParameterValues {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** Where a network's parameters come from: by name, as PyTorch's state dict names them. */
export interface ParameterSource {
  /** The values of a parameter that shall have `shape`, or undefined to leave zeros. */
  get(name: string, shape: readonly number[]): ParameterValues | undefined;
}

/** What a network is declared on: it names its parameters, and is given them. */
export interface ParameterStore {
  /** Declares a parameter of PyTorch's name and shape; vectors become [1, n, 1, 1]. */
  declare(name: string, shape: readonly number[]): Tensor;
}

/** Names and shapes alone: tells what a network needs, without a device. It can't be run. */
export class ParameterShapes implements ParameterStore {
  readonly shapes: Map<string, readonly number[]> = new Map();

  declare(name: string, shape: readonly number[]): never {
    this.shapes.set(name, shape);
    return undefined as never;
  }
}

/**
 * A network's parameters by name, in the order in which they were declared: PyTorch's names and
 * shapes ([n] for biases and slopes), so that checkpoints fit.
 */
export class Parameters implements ParameterStore {
  readonly #source: ParameterSource;
  readonly #byName = new Map<string, { tensor: Tensor; shape: readonly number[] }>();

  constructor(readonly device: Device, source: ParameterSource) {
    this.#source = source;
  }

  /** Declares a parameter: uploads the source's values. Vectors become [1, n, 1, 1]. */
  declare(name: string, shape: readonly number[]): Tensor {
    if (this.#byName.has(name)) throw new Error(`Parameter ${name} is declared twice`);
    const shape4: Shape = shape.length === 1 ? [1, shape[0], 1, 1] : shape as unknown as Shape;
    const values = this.#source.get(name, shape)?.data ?? new Float32Array(elements(shape4));
    if (values.length !== elements(shape4)) {
      throw new Error(`Parameter ${name} ${formatShape(shape4)} was given ${values.length} values`);
    }
    const tensor = Tensor.from(this.device, shape4, values);
    tensor.requiresGrad = true;
    tensor.derived = new Map();
    this.#byName.set(name, { tensor, shape });
    return tensor;
  }

  /** Names with tensors, in the order of declaration. */
  entries(): [string, Tensor][] {
    return [...this.#byName].map(([name, { tensor }]) => [name, tensor]);
  }

  /** The parameter of a name; throws where there is none. */
  get(name: string): Tensor {
    const found = this.#byName.get(name);
    if (!found) throw new Error(`There is no parameter ${name}`);
    return found.tensor;
  }

  /** PyTorch's shape of a parameter. */
  shapeOf(name: string): readonly number[] {
    this.get(name);
    return this.#byName.get(name)!.shape;
  }

  /** Number of values in all parameters. */
  get count(): number {
    return this.entries().reduce((total, [, tensor]) => total + elements(tensor.shape), 0);
  }

  dispose(): void {
    for (const [, tensor] of this.entries()) tensor.dispose();
  }
}
