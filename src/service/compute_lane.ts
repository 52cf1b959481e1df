import { DeviceLostError, InputError } from "../core.ts";
import { type WorkerCalls, WorkerLostError } from "../workers/worker_calls.ts";
import { type AdapterFacts, type Card, startWorker } from "../fleet/cards.ts";
import { holdDrivers } from "../fleet/hold_drivers.ts";
import type {
  ComputeCalls,
  Done,
  OpenLane,
  Pulse,
  SlicesCall,
  WorkCall,
} from "./compute_worker.ts";
import type { Precision } from "../options/machine.ts";
import type { JobOutcome } from "./queue.ts";

/** What is needed to start a worker on a card. */
export interface LaneOptions {
  /** The preferred adapter where not given. */
  readonly card?: Card;
  /** Bytes of the device's memory that may be used; the device's usual where not given. */
  readonly memory?: number;
  readonly precision?: Precision;
  /** The worker's program. */
  readonly module: URL;
  /** Hears, in a sentence, what an administrator should know. */
  say(line: string): void;
}

const NO_PULSE: Pulse = { slices: 0, liveBytes: 0, peakBytes: 0 };

type LaneWorker = WorkerCalls<ComputeCalls>;

/** A worker with its device; where it is lost, the next call starts another. */
export class ComputeLane {
  readonly #options: LaneOptions;
  #open?: Promise<LaneWorker>;
  #adapter?: AdapterFacts;
  /** Of workers that were lost, and of the one that is. */
  #before = 0;
  #pulse = NO_PULSE;
  #slicesUnderWay = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** The adapter, once a worker has been started. */
  get adapter(): AdapterFacts | undefined {
    return this.#adapter;
  }

  /** How the worker was when it last answered, slices of those before it included. */
  get pulse(): Pulse {
    return { ...this.#pulse, slices: this.#before + this.#pulse.slices };
  }

  /** Slices that are predicted at once, or wait for it. */
  get slicesUnderWay(): number {
    return this.#slicesUnderWay;
  }

  /** Starts the worker where there is none. Throws where its device can't be opened. */
  async ready(): Promise<void> {
    await this.#worker();
  }

  /**
   * Has a job done, until it ends or the signal asks for its end, checked between batches.
   * Throws what the worker throws: an InputError as such, a WorkerLostError where it or its device
   * was lost.
   */
  async work(call: WorkCall, signal?: AbortSignal): Promise<JobOutcome> {
    return await this.#counted((worker) => worker.call("work", call, { signal }));
  }

  /** Has slices predicted at once. Throws as {@link ComputeLane.work}. */
  async interpolate(call: SlicesCall): Promise<Float32Array<ArrayBuffer>[]> {
    this.#slicesUnderWay += call.requests.length;
    try {
      return await this.#counted((worker) => worker.call("interpolate", call));
    } finally {
      this.#slicesUnderWay -= call.requests.length;
    }
  }

  /** Asks the worker how it is; it answers between two batches. */
  async askPulse(): Promise<Pulse> {
    this.#pulse = await this.#ask((worker) => worker.call("pulse"));
    return this.pulse;
  }

  /** Gives the worker up: what was asked of it is lost, and the next call starts another. */
  async lose(why: string, lost?: LaneWorker): Promise<void> {
    const current = await this.#open;
    if (!current || (lost && current !== lost)) return;
    this.#open = undefined;
    this.#before += this.#pulse.slices;
    this.#pulse = NO_PULSE;
    this.#options.say(`The adapter ${this.#adapter?.name} was lost, and is opened again: ${why}`);
    current.giveUp(why);
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.then((worker) => worker.close(), () => {});
  }

  async #counted<T>(ask: (worker: LaneWorker) => Promise<Done<T>>): Promise<T> {
    const { value, pulse } = await this.#ask(ask);
    this.#pulse = pulse;
    return value;
  }

  async #ask<T>(ask: (worker: LaneWorker) => Promise<T>): Promise<T> {
    const worker = await this.#worker();
    try {
      return await ask(worker);
    } catch (error) {
      const { name: kind, message } = error as Error;
      if (kind !== WorkerLostError.name && kind !== DeviceLostError.name) throw error;
      await this.lose(message, worker);
      throw new WorkerLostError(message);
    }
  }

  #worker(): Promise<LaneWorker> {
    return this.#open ??= this.#start().catch((error) => {
      this.#open = undefined;
      throw error;
    });
  }

  async #start(): Promise<LaneWorker> {
    const { card, memory, precision = "auto", module } = this.#options;
    await holdDrivers();
    const { calls, adapters } = await startWorker<ComputeCalls>(card?.environment ?? {}, module);
    this.#adapter = card ?? adapters[0];
    if (!this.#adapter) {
      await calls.close();
      throw new InputError(
        "There is no WebGPU adapter. Install a Vulkan driver for your GPU; Debian's " +
          "mesa-vulkan-drivers has one that runs on the CPU.",
      );
    }
    const { name, vendor } = this.#adapter;
    const open: OpenLane = { card: { name, vendor }, memoryLimit: memory, precision };
    await calls.call("open", open);
    return calls;
  }
}
