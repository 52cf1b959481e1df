import type { Tensor } from "../autograd/tensor.ts";
import { Adam } from "../nn/adam.ts";
import type { Parameters } from "../nn/module.ts";
import { LossGuard } from "./loss_guard.ts";
import type { TrainingSettings } from "./settings.ts";
import type { FinishedPass } from "./step.ts";

/** A network in training: its parameters, its optimiser, and what watches its loss. */
export class Trainee<Network> {
  readonly adam: Adam;
  readonly guard: LossGuard;
  readonly #clipNorm: number;

  /** Takes a network whose parameters are declared. */
  constructor(
    readonly name: string,
    readonly network: Network,
    readonly parameters: Parameters,
    { learningRate, beta1, beta2, clipNorm }: TrainingSettings,
  ) {
    this.adam = new Adam(parameters.entries(), { learningRate, beta1, beta2 });
    this.guard = new LossGuard(name);
    this.#clipNorm = clipNorm;
  }

  /** The parameters in their order. */
  get tensors(): Tensor[] {
    return this.parameters.entries().map(([, tensor]) => tensor);
  }

  /** The optimiser's step along clipped gradients; why it was not taken, where they are not sound. */
  learn({ losses, gradients, norm }: FinishedPass): string | undefined {
    const unsound = this.guard.judge(losses.total, norm);
    if (unsound !== undefined) return unsound;
    const clipped = this.#clipNorm > 0 && norm > this.#clipNorm;
    this.adam.step(gradients, clipped ? this.#clipNorm / norm : 1);
    return undefined;
  }

  dispose(): void {
    this.parameters.dispose();
    this.adam.dispose();
  }
}
