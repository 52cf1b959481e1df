import {
  type Batch,
  type Device,
  DeviceLostError,
  InputError,
  type NetworkSources,
  option,
  phrase,
  type StepReport,
  Trainer,
  type TrainingSettings,
  writeState,
} from "../core.ts";
import { type WorkerCalls, WorkerLostError } from "../workers/worker_calls.ts";
import { type Card, startWorker } from "./cards.ts";
import type { ReplicaCalls, ReplicaStart } from "./replica_worker.ts";
import { ExchangeAbandonedError, exchangeMemory, SharedExchange } from "./shared_exchange.ts";

const MODULE = new URL("./replica_worker.ts", import.meta.url);

/**
 * A training on several devices: this one's thread, and a worker for each further card. Every
 * replica computes a part of each batch; their gradients are added in a fixed order and each
 * replica's optimiser takes the same step, so that all stay alike.
 */
export class ReplicatedTrainer extends Trainer {
  readonly #exchange: SharedExchange;
  readonly #memory: ReplicaStart["memory"];
  #workers: { readonly card: Card; readonly calls: WorkerCalls<ReplicaCalls> }[] = [];

  private constructor(
    device: Device,
    settings: TrainingSettings,
    sources: NetworkSources,
    memory: ReplicaStart["memory"],
  ) {
    const exchange = new SharedExchange(memory, 0);
    super(device, settings, sources, exchange);
    this.#exchange = exchange;
    this.#memory = memory;
  }

  /**
   * The first replica of `1 + others`; {@link enlist} starts those. Throws an InputError where the
   * batch has fewer samples than that.
   */
  static first(
    device: Device,
    settings: TrainingSettings,
    sources: NetworkSources,
    others: number,
  ): ReplicatedTrainer {
    const replicas = 1 + others;
    if (settings.batchSize < replicas) {
      throw new InputError(
        phrase`A batch of ${settings.batchSize} can't be shared by ${replicas} replicas: raise
          ${option("batchSize")}, or name fewer with ${option("adapters")}.`,
      );
    }
    return new ReplicatedTrainer(device, settings, sources, exchangeMemory(replicas, MOST_VALUES));
  }

  /** Starts the other replicas as copies of this one. */
  async enlist(cards: readonly Card[], memoryLimit?: number): Promise<void> {
    const { settings } = this;
    const memory = this.#memory;
    const state = await writeState(this, { step: 0, epochsSinceBest: 0 });
    for (const [i, card] of cards.entries()) {
      const { calls } = await startWorker<ReplicaCalls>(card.environment, MODULE);
      this.#workers.push({ card, calls });
      const { name, vendor } = card;
      const { adapter } = this.device;
      const alike = name === adapter.name && vendor === adapter.vendor;
      const readsTextures = alike ? this.device.readsTextures : undefined;
      const device = { card: { name, vendor }, memoryLimit, readsTextures };
      const start = { ...device, settings, state, memory, rank: i + 1 };
      await calls.call("start", start);
    }
  }

  /** Milliseconds of all steps that were spent on the exchange; see {@link SharedExchange}. */
  get exchangeSpent(): SharedExchange["spent"] {
    return this.#exchange.spent;
  }

  override async step(batch: Batch, index: number, next?: Batch): Promise<StepReport> {
    const replicas = 1 + this.#workers.length;
    const parts = splitBatch(batch, replicas);
    const nextParts = next ? splitBatch(next, replicas) : [];
    const others = this.#workers.map(({ card, calls }, i) => {
      const step = { part: parts[i + 1], index, next: nextParts[i + 1] };
      const { before, after, truth, dpm } = step.part;
      const transfer = [before, after, truth, dpm].map(({ buffer }) => buffer);
      return calls.call("step", step, { transfer }).catch((error) => {
        throw error instanceof WorkerLostError ? lostIn(card, error) : error;
      });
    });
    const steps = [super.step(parts[0], index, nextParts[0]), ...others];
    // Those that wait for one that failed would wait for ever.
    for (const step of steps) step.catch(() => this.#exchange.abandon());
    const settled = await Promise.allSettled(steps);
    const failures = settled.flatMap((one) => one.status === "rejected" ? [one.reason] : []);
    const cause = failures.find(({ name }) => name !== ExchangeAbandonedError.name);
    if (failures.length > 0) throw cause ?? failures[0];
    return (settled[0] as PromiseFulfilledResult<StepReport>).value;
  }

  /** Ends the workers; to be called before {@link dispose}. */
  async dismiss(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map(({ calls }) => calls.close()));
  }
}

/** More than the parameters of either network with spare channels: 10.9 and 11.2 million. */
const MOST_VALUES = 12e6;

function lostIn({ name }: Card, { message }: Error): Error {
  return new DeviceLostError(
    `A replica was lost; resume the run from its last checkpoint. ${message}`,
    { adapter: name, operation: "training" },
  );
}

/** Cuts a batch into parts as alike as can be, the larger ones first. */
export function splitBatch(batch: Batch, parts: number): Batch[] {
  const { size, count } = batch;
  const area = size * size;
  const start = (part: number) => part * Math.floor(count / parts) + Math.min(part, count % parts);
  return Array.from({ length: parts }, (_, part) => {
    const [from, end] = [start(part), start(part + 1)];
    const planes = (values: Batch["truth"]) => values.slice(from * area, end * area);
    return {
      before: planes(batch.before),
      after: planes(batch.after),
      truth: planes(batch.truth),
      dpm: batch.dpm.slice(from, end),
      size,
      count: end - from,
      share: { from, of: count },
    };
  });
}
