import { Region, scope } from "../autograd/scope.ts";
import { Tensor } from "../autograd/tensor.ts";
import type { Device } from "../gpu/device.ts";
import { Adam } from "../nn/adam.ts";
import type { Layer } from "../nn/layers.ts";
import { Parameters, type ParameterSource } from "../nn/module.ts";
import { randomNumbers } from "../random.ts";
import { critic } from "../zaugnet/critic.ts";
import { type Generator, generator, type GeneratorInput } from "../zaugnet/generator.ts";
import type { Batch, TrainingData } from "./dataset.ts";
import type { GradientExchange } from "./exchange.ts";
import { LossGuard } from "./loss_guard.ts";
import { criticLosses, generatorLosses } from "./losses.ts";
import type { TrainingSettings } from "./settings.ts";
import { accumulate, backpropagate, exchangePass, finishPass, type Pass, scaled } from "./step.ts";
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

/** The part of a batch that is on the device at once. */
interface Part {
  readonly input: GeneratorInput;
  readonly truth: Tensor;
  readonly alpha?: Tensor;
  /** Its share of the batch. */
  readonly weight: number;
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

  constructor(
    readonly device: Device,
    readonly settings: TrainingSettings,
    sources: { readonly generator: ParameterSource; readonly critic: ParameterSource },
    private readonly exchange?: GradientExchange,
  ) {
    this.generator = this.trainee("generator", sources.generator);
    this.network = generator(this.generator.parameters, settings.variant, true);
    this.generator = { ...this.generator, adam: this.optimiser(this.generator.parameters) };
    if (settings.lambdaAdv > 0) {
      const trainee = this.trainee("critic", sources.critic);
      this.judge = critic(trainee.parameters);
      this.critic = { ...trainee, adam: this.optimiser(trainee.parameters) };
    }
  }

  /** One step with one batch; `index` is its number since the start of the run. */
  async step(batch: Batch, index: number): Promise<StepReport> {
    const region = new Region();
    const report = {
      losses: {} as Record<string, number>,
      gradientNorms: {} as Record<string, number>,
      skipped: [] as string[],
    };
    const generatorSteps = !this.judge || index % this.settings.criticSteps === 0;
    try {
      const parts = region.run(() => this.upload(batch, index));
      // With the whole batch on the device, both networks share one run of the generator.
      const shared = generatorSteps && parts.length === 1
        ? region.run(() => this.network.train(parts[0].input, parts[0].truth))
        : undefined;
      if (this.critic) {
        const pass = region.run(() =>
          this.accumulated(parts, ({ input, truth, alpha }) => {
            const fake = shared?.answer.detach() ?? this.fake(input);
            return backpropagate(this.tensors(this.critic!), () => {
              const { total, ...losses } = criticLosses(
                this.judge!,
                { truth, fake, alpha: alpha! },
                this.settings.lambdaGp,
              );
              return { total, criticTotal: total, ...losses };
            });
          })
        );
        await this.apply(region, "critic", this.critic, pass, report);
      }
      if (generatorSteps) {
        const { pixelLoss, lambdaAdv } = this.settings;
        const pass = region.run(() =>
          this.accumulated(
            parts,
            ({ input, truth }) =>
              backpropagate(this.tensors(this.generator), () => {
                const output = shared ?? this.network.train(input, truth);
                const options = { pixelLoss, lambdaAdv, critic: this.judge };
                const { total, ...losses } = generatorLosses(output, truth, options);
                return { total, generatorTotal: total, ...losses };
              }),
          )
        );
        await this.apply(region, "generator", this.generator, pass, report);
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

  /** With a history, which is thrown away: without one, kernels may be taken that round more. */
  private fake(input: GeneratorInput): Tensor {
    return scope(() => this.network.predict(input).detach());
  }

  private tensors({ parameters }: Trainee): Tensor[] {
    return parameters.entries().map(([, tensor]) => tensor);
  }

  private upload(batch: Batch, index: number): Part[] {
    const { microBatch, seed } = this.settings;
    const { size, count, share = { from: 0, of: count } } = batch;
    const area = size * size;
    // A sample's number is the same whichever part of the batch it is in.
    const random = randomNumbers(seed, "alpha", index);
    const alpha = Float32Array.from({ length: share.of }, () => random.uniform())
      .subarray(share.from);
    const parts: Part[] = [];
    for (let from = 0; from < count; from += microBatch) {
      const n = Math.min(microBatch, count - from);
      const planes = (values: Float32Array) =>
        Tensor.from(
          this.device,
          [n, 1, size, size],
          values.subarray(from * area, (from + n) * area),
        );
      const scalars = (values: Float32Array) =>
        Tensor.from(this.device, [n, 1, 1, 1], values.subarray(from, from + n));
      parts.push({
        input: {
          before: planes(batch.before),
          after: planes(batch.after),
          dpm: scalars(batch.dpm),
        },
        truth: planes(batch.truth),
        alpha: this.critic && scalars(alpha),
        weight: n / share.of,
      });
    }
    return parts;
  }

  private accumulated(
    parts: readonly Part[],
    compute: (part: Part) => Pass<Record<string, Tensor | undefined>>,
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
  ): Promise<void> {
    const { losses, gradients, norm } = this.exchange
      ? await exchangePass(region, pass, this.exchange)
      : await finishPass(region, pass);
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
      adam.step(clipped ? scaled(gradients, clipNorm / norm) : gradients);
    });
  }
}
