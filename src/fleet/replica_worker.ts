import {
  type Batch,
  type Device,
  readState,
  restoreTrainer,
  resumedSources,
  Trainer,
  type TrainingSettings,
} from "../core.ts";
import { answerCalls } from "../workers/answer_calls.ts";
import { type ExchangeMemory, SharedExchange } from "./shared_exchange.ts";
import { adapterFacts, openCard, type OpenOptions } from "./worker_device.ts";

/** How a replica starts: as a copy of the first one. */
export interface ReplicaStart extends OpenOptions {
  readonly settings: TrainingSettings;
  /** The first replica's state, as `writeState` wrote it. */
  readonly state: Uint8Array;
  readonly memory: ExchangeMemory;
  readonly rank: number;
}

/** Its part of a step. */
export interface ReplicaStep {
  readonly part: Batch;
  readonly index: number;
  /** Its part of the next step's batch, where that is known. */
  readonly next?: Batch;
}

let device: Device | undefined;
let trainer: Trainer | undefined;

const calls = {
  adapters: adapterFacts,
  async start({ settings, state, memory, rank, ...options }: ReplicaStart): Promise<void> {
    device = await openCard(options);
    const from = readState(state, "the state of the first replica");
    const exchange = new SharedExchange(memory, rank);
    trainer = new Trainer(device, settings, resumedSources(from), exchange);
    restoreTrainer(trainer, from);
  },
  // What it reports is the first replica's report, too.
  async step({ part, index, next }: ReplicaStep): Promise<void> {
    await trainer!.step(part, index, next);
  },
};

/** What a replica answers. */
export type ReplicaCalls = typeof calls;

answerCalls(calls, () => device?.close());
