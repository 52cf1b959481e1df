import { noGrad } from "../autograd/op.ts";
import { Region, scope } from "../autograd/scope.ts";
import type { Tensor } from "../autograd/tensor.ts";
import type { Device } from "../gpu/device.ts";
import type { Generator, TrainingOutput } from "../zaugnet/generator.ts";
import type { Batch } from "./patch_batch.ts";
import { type MicroBatch, uploadMicroBatches } from "./micro_batches.ts";
import { generatorSteps, type TrainingSettings } from "./settings.ts";

/** A part of a batch, and what the generator makes of it before the critic steps. */
export interface PreparedMicroBatch extends MicroBatch {
  /** What the critic is shown as the generator's answer; undefined without a critic. */
  readonly fake?: Tensor;
  /** A run of the generator that both networks learn from, where both step. */
  readonly shared?: TrainingOutput;
}

/** A batch on the device, all in a region that ends with its step. */
export interface PreparedBatch {
  readonly index: number;
  readonly region: Region;
  readonly parts: readonly PreparedMicroBatch[];
}

/** Brings batches to the device: each for its step, or before it where there is time. */
export class Preparation {
  readonly #device: Device;
  readonly #settings: TrainingSettings;
  readonly #generator: Generator;
  #ahead?: PreparedBatch;

  constructor(device: Device, settings: TrainingSettings, generator: Generator) {
    this.#device = device;
    this.#settings = settings;
    this.#generator = generator;
  }

  /** The batch of a step: what was prepared for that index, or `batch`, prepared now. */
  take(batch: Batch, index: number): PreparedBatch {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead?.index === index) return ahead;
    ahead?.region.dispose();
    return this.#prepare(batch, index);
  }

  /** Prepares a batch with the generator as it is now, for a later step. */
  prepare(batch: Batch, index: number): void {
    this.#ahead = this.#prepare(batch, index);
  }

  dispose(): void {
    this.#ahead?.region.dispose();
  }

  #prepare(batch: Batch, index: number): PreparedBatch {
    const region = new Region();
    try {
      const parts = region.run(() => this.#parts(batch, index));
      this.#device.flush();
      return { index, region, parts };
    } catch (error) {
      region.dispose();
      throw error;
    }
  }

  #parts(batch: Batch, index: number): PreparedMicroBatch[] {
    const uploaded = uploadMicroBatches(this.#device, this.#settings, batch, index);
    if (this.#settings.lambdaAdv === 0) return uploaded;
    const learns = generatorSteps(this.#settings, index);
    // With the whole batch on the device, both networks share one run of the generator.
    if (!learns || uploaded.length > 1) {
      return uploaded.map((part) => ({ ...part, fake: this.#fake(part, learns) }));
    }
    return uploaded.map((part) => {
      const shared = this.#generator.train(part.input, part.truth);
      return { ...part, shared, fake: shared.answer.detach() };
    });
  }

  /**
   * Where the generator learns as well, with a history that is thrown away: without one, kernels may
   * be taken that round otherwise, and the batch's bits would depend on whether it is in parts.
   */
  #fake({ input }: MicroBatch, learns: boolean): Tensor {
    const predict = () => scope(() => this.#generator.predict(input).detach());
    return learns ? predict() : noGrad(predict);
  }
}
