import { noGrad } from "../autograd/op.ts";
import { Region, scope } from "../autograd/scope.ts";
import type { Tensor } from "../autograd/tensor.ts";
import type { Device } from "../gpu/device.ts";
import { Adam } from "../nn/adam.ts";
import type { Layer } from "../nn/layers.ts";
import { Parameters, type ParameterSource } from "../nn/module.ts";
import { critic } from "../zaugnet/critic.ts";
import {
  type Generator,
  generator,
  type GeneratorInput,
  type TrainingOutput,
} from "../zaugnet/generator.ts";
import type { Batch, TrainingData } from "./dataset.ts";
import type { GradientExchange } from "./exchange.ts";
import { LossGuard } from "./loss_guard.ts";
import { criticLosses, generatorLosses } from "./losses.ts";
import type { NetworkSources } from "./network_sources.ts";
import type { TrainingSettings } from "./settings.ts";
import { accumulate, backpropagate, exchangePass, finishPass, type Pass } from "./step.ts";
import { type Part, uploadParts } from "./parts.ts";
import { validate, type Validation } from "./validation.ts";

/** What came of a step. */
export interface StepReport {
  /** Losses by name: laplacian, teacher, …; criticTotal, penalty, … where there is a critic. */
  readonly losses: Readonly<Record<string, number>>;
  /** Norms of the gradients before clipping. */
  readonly gradientNorms: Readonly<Record<string, number>>;
  /** Why a network was not changed, where it was not. */
  readonly skipped: readonly string[];
}

/** A network in training: its parameters and its optimiser. */
interface Trainee {
  readonly parameters: Parameters;
  readonly adam: Adam;
  readonly guard: LossGuard;
}

/** A part, and what the generator makes of it before the critic steps. */
interface PreparedPart extends Part {
  /** What the critic is shown as the generator's answer. */
  readonly fake?: Tensor;
  /** A run of the generator that both networks learn from, where both step. */
  readonly shared?: TrainingOutput;
}

/** A batch on the device. */
interface Prepared {
  readonly index: number;
  readonly region: Region;
  readonly parts: readonly PreparedPart[];
}

/**
 * Trains a generator, against a critic where lambdaAdv is not 0. With an exchange it is one of
 * several replicas, which are given a part of each batch and stay alike.
 */
export class Trainer {
  readonly generator: Trainee;
  readonly critic?: Trainee;
  readonly network: Generator;
  private readonly judge?: Layer;
  /** The next step's batch, where there was time for it. */
  private ahead?: Prepared;

  constructor(
    readonly device: Device,
    readonly settings: TrainingSettings,
    { widths, ...sources }: NetworkSources,
    private readonly exchange?: GradientExchange,
  ) {
    this.generator = this.trainee("generator", sources.generator);
    const { parameters } = this.generator;
    this.network = generator(parameters, settings.variant, true, widths?.generator);
    this.generator = { ...this.generator, adam: this.optimiser(this.generator.parameters) };
    if (settings.lambdaAdv > 0) {
      const trainee = this.trainee("critic", sources.critic);
      this.judge = critic(trainee.parameters, widths?.critic);
      this.critic = { ...trainee, adam: this.optimiser(trainee.parameters) };
    }
  }

  /**
   * One step with one batch; `index` is its number since the start of the run. With the batch of the
   * `next` step at hand, the device works on that while the losses are waited for; the next call
   * must then be for that batch, or for another index.
   */
  async step(batch: Batch, index: number, next?: Batch): Promise<StepReport> {
    const prepared = this.ahead?.index === index ? this.ahead : this.prepare(batch, index);
    if (this.ahead !== prepared) this.ahead?.region.dispose();
    this.ahead = undefined;
    const { region, parts } = prepared;
    const report = {
      losses: {} as Record<string, number>,
      gradientNorms: {} as Record<string, number>,
      skipped: [] as string[],
    };
    // What hangs on no parameter that this step may still change.
    const canPrepare = !this.critic || !this.generatorSteps(index);
    const meanwhile = () => {
      if (next && canPrepare) this.ahead = this.prepare(next, index + 1);
    };
    try {
      if (this.critic) {
        const pass = region.run(() =>
          this.accumulated(
            parts,
            ({ truth, alpha, fake }) =>
              backpropagate(this.tensors(this.critic!), () => {
                const { total, ...losses } = criticLosses(
                  this.judge!,
                  { truth, fake: fake!, alpha },
                  this.settings.lambdaGp,
                );
                return { total, criticTotal: total, ...losses };
              }),
          )
        );
        await this.apply(region, "critic", this.critic, pass, report, meanwhile);
      }
      if (this.generatorSteps(index)) {
        const { pixelLoss, lambdaAdv } = this.settings;
        const pass = region.run(() =>
          this.accumulated(
            parts,
            ({ input, truth, shared }) =>
              backpropagate(this.tensors(this.generator), () => {
                const output = shared ?? this.network.train(input, truth);
                const options = { pixelLoss, lambdaAdv, critic: this.judge };
                const { total, ...losses } = generatorLosses(output, truth, options);
                return { total, generatorTotal: total, ...losses };
              }),
          )
        );
        await this.apply(region, "generator", this.generator, pass, report, meanwhile);
      }
      return report;
    } finally {
      region.dispose();
    }
  }

  /** Scores the network on what is held out; undefined where nothing is. */
  validate(data: TrainingData): Promise<Validation | undefined> {
    return validate(this, data);
  }

  /** Steps skipped since the last good one, of the network that has more. */
  get skippedInRow(): number {
    return Math.max(this.generator.guard.skippedInRow, this.critic?.guard.skippedInRow ?? 0);
  }

  /** Frees networks and optimisers. */
  dispose(): void {
    this.ahead?.region.dispose();
    for (const { parameters, adam } of [this.generator, ...this.critic ? [this.critic] : []]) {
      parameters.dispose();
      adam.dispose();
    }
  }

  private trainee(name: string, source: ParameterSource): Trainee {
    const parameters = new Parameters(this.device, source);
    return { parameters, adam: new Adam([]), guard: new LossGuard(name) };
  }

  private optimiser(parameters: Parameters): Adam {
    const { learningRate, beta1, beta2 } = this.settings;
    return new Adam(parameters.entries(), { learningRate, beta1, beta2 });
  }

  /**
   * Where the generator steps as well, with a history that is thrown away: without one, kernels may
   * be taken that round otherwise, and the batch's bits would hang on whether it is in parts.
   */
  private fake(input: GeneratorInput, index: number): Tensor {
    const predict = () => scope(() => this.network.predict(input).detach());
    return this.generatorSteps(index) ? predict() : noGrad(predict);
  }

  private generatorSteps(index: number): boolean {
    return !this.judge || index % this.settings.criticSteps === 0;
  }

  private prepare(batch: Batch, index: number): Prepared {
    const region = new Region();
    try {
      const parts = region.run(() => this.parts(batch, index));
      this.device.flush();
      return { index, region, parts };
    } catch (error) {
      region.dispose();
      throw error;
    }
  }

  /** What a step needs that hangs on the generator alone. */
  private parts(batch: Batch, index: number): PreparedPart[] {
    const uploaded = uploadParts(this.device, this.settings, batch, index);
    if (!this.critic) return uploaded;
    // With the whole batch on the device, both networks share one run of the generator.
    const sharing = this.generatorSteps(index) && uploaded.length === 1;
    return uploaded.map((part) => {
      if (!sharing) return { ...part, fake: this.fake(part.input, index) };
      const shared = this.network.train(part.input, part.truth);
      return { ...part, shared, fake: shared.answer.detach() };
    });
  }

  private tensors({ parameters }: Trainee): Tensor[] {
    return parameters.entries().map(([, tensor]) => tensor);
  }

  private accumulated(
    parts: readonly PreparedPart[],
    compute: (part: PreparedPart) => Pass<Record<string, Tensor | undefined>>,
  ): Pass<Record<string, Tensor | undefined>> {
    return accumulate(parts.map((part) => ({ weight: part.weight, compute: () => compute(part) })));
  }

  /** Reads losses and gradient norm, and takes Adam's step where they are sound. */
  private async apply(
    region: Region,
    name: string,
    { adam, guard }: Trainee,
    pass: Pass<Record<string, Tensor | undefined>>,
    report: { losses: Record<string, number>; gradientNorms: Record<string, number> } & {
      skipped: string[];
    },
    meanwhile?: () => void,
  ): Promise<void> {
    const { losses, gradients, norm } = this.exchange
      ? await exchangePass(region, pass, this.exchange, meanwhile)
      : await finishPass(region, pass, meanwhile);
    const { total, ...named } = losses;
    Object.assign(report.losses, named);
    report.gradientNorms[name] = norm;
    const reason = guard.judge(total, norm);
    if (reason !== undefined) {
      report.skipped.push(reason);
      return;
    }
    const { clipNorm } = this.settings;
    region.run(() => {
      const clipped = clipNorm > 0 && norm > clipNorm;
      adam.step(gradients, clipped ? clipNorm / norm : 1);
    });
  }
}
