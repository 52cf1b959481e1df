import type { Region } from "../autograd/scope.ts";
import type { Device } from "../gpu/device.ts";
import type { Layer } from "../nn/layers.ts";
import { Parameters } from "../nn/module.ts";
import { critic } from "../zaugnet/critic.ts";
import { type Generator, generator } from "../zaugnet/generator.ts";
import type { Batch } from "./patch_batch.ts";
import type { TrainingData } from "./dataset.ts";
import type { GradientExchange } from "./exchange.ts";
import { criticLosses, generatorLosses } from "./losses.ts";
import type { NetworkSources } from "./network_sources.ts";
import { Preparation, type PreparedMicroBatch } from "./preparation.ts";
import { generatorSteps, type TrainingSettings } from "./settings.ts";
import { accumulate, backpropagate, exchangePass, finishPass, type Pass } from "./step.ts";
import { Trainee } from "./trainee.ts";
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

/**
 * Trains a generator, against a critic where lambdaAdv is not 0. With an exchange it is one of
 * several replicas, which are given a part of each batch and stay alike.
 */
export class Trainer {
  readonly generator: Trainee<Generator>;
  readonly critic?: Trainee<Layer>;
  readonly #exchange?: GradientExchange;
  readonly #preparation: Preparation;

  constructor(
    readonly device: Device,
    readonly settings: TrainingSettings,
    { widths, ...sources }: NetworkSources,
    exchange?: GradientExchange,
  ) {
    this.#exchange = exchange;
    const parameters = new Parameters(device, sources.generator);
    const network = generator(parameters, settings.variant, true, widths?.generator);
    this.generator = new Trainee("generator", network, parameters, settings);
    this.#preparation = new Preparation(device, settings, network);
    if (settings.lambdaAdv > 0) {
      const parameters = new Parameters(device, sources.critic);
      const judge = critic(parameters, widths?.critic);
      this.critic = new Trainee("critic", judge, parameters, settings);
    }
  }

  /**
   * One step with one batch; `index` is its number since the start of the run. With the batch of the
   * `next` step given, the device works on that while the losses are waited for; the next call
   * must then be for that batch, or for another index.
   */
  async step(batch: Batch, index: number, next?: Batch): Promise<StepReport> {
    const { region, parts } = this.#preparation.take(batch, index);
    const generatorLearns = generatorSteps(this.settings, index);
    // What the critic is shown next is made by the generator, which must not change after that.
    const canPrepare = !this.critic || !generatorLearns;
    const meanwhile = () => {
      if (next && canPrepare) this.#preparation.prepare(next, index + 1);
    };
    const reports: StepReport[] = [];
    try {
      if (this.critic) {
        const pass = region.run(() => accumulate(parts, (part) => this.#criticPass(part)));
        reports.push(await this.#learn(this.critic, pass, region, meanwhile));
      }
      if (generatorLearns) {
        const pass = region.run(() => accumulate(parts, (part) => this.#generatorPass(part)));
        reports.push(await this.#learn(this.generator, pass, region, meanwhile));
      }
    } finally {
      region.dispose();
    }
    return {
      losses: Object.assign({}, ...reports.map(({ losses }) => losses)),
      gradientNorms: Object.assign({}, ...reports.map(({ gradientNorms }) => gradientNorms)),
      skipped: reports.flatMap(({ skipped }) => skipped),
    };
  }

  #criticPass({ truth, fake, alpha }: PreparedMicroBatch): Pass {
    const { network, tensors } = this.critic!;
    const shown = { truth, fake: fake!, alpha };
    return backpropagate(tensors, () => criticLosses(network, shown, this.settings.lambdaGp));
  }

  #generatorPass({ input, truth, shared }: PreparedMicroBatch): Pass {
    const { network, tensors } = this.generator;
    const { pixelLoss, lambdaAdv } = this.settings;
    const options = { pixelLoss, lambdaAdv, critic: this.critic?.network };
    return backpropagate(
      tensors,
      () => generatorLosses(shared ?? network.train(input, truth), truth, options),
    );
  }

  /**
   * Reads the losses and the gradients' norm of a pass, and has the network learn from it. The device
   * does what `meanwhile` records while they are waited for.
   */
  async #learn<Network>(
    trainee: Trainee<Network>,
    pass: Pass,
    region: Region,
    meanwhile: () => void,
  ): Promise<StepReport> {
    const finished = this.#exchange
      ? await exchangePass(region, pass, this.#exchange, meanwhile)
      : await finishPass(region, pass, meanwhile);
    const skipped = region.run(() => trainee.learn(finished));
    const { losses: { total, ...losses }, norm } = finished;
    return {
      losses: { [`${trainee.name}Total`]: total, ...losses },
      gradientNorms: { [trainee.name]: norm },
      skipped: skipped === undefined ? [] : [skipped],
    };
  }

  /** Scores the network on what is held out; undefined where nothing is. */
  validate(data: TrainingData): Promise<Validation | undefined> {
    return validate({ device: this.device, network: this.generator.network }, data);
  }

  /** Steps skipped since the last good one, of the network that has more. */
  get skippedInRow(): number {
    return Math.max(this.generator.guard.skippedInRow, this.critic?.guard.skippedInRow ?? 0);
  }

  /** Frees networks and optimisers. */
  dispose(): void {
    this.#preparation.dispose();
    this.generator.dispose();
    this.critic?.dispose();
  }
}
