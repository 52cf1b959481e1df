import { DeviceLostError, InputError } from "../core.ts";
import { type WorkerCalls, WorkerLostError } from "../fleet/calls.ts";
import { type AdapterFacts, type Card, startWorker } from "../fleet/cards.ts";
import { holdDrivers } from "../fleet/hold_drivers.ts";
import type { Done, OpenLane, Pulse, SlicesCall, WorkCall } from "./compute_worker.ts";
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

/** A worker, and what ends the calls that wait for it when it is given up. */
interface LaneWorker {
  readonly calls: WorkerCalls;
  readonly loss: PromiseWithResolvers<never>;
}

/** A worker with its device; where it is lost, the next call starts another. */
export class ComputeLane {
  #open?: Promise<LaneWorker>;
  #adapter?: AdapterFacts;
  /** Of workers that were lost, and of the one that is. */
  #before = 0;
  #pulse = NO_PULSE;

  constructor(private readonly options: LaneOptions) {}

  /** The adapter, once a worker has been started. */
  get adapter(): AdapterFacts | undefined {
    return this.#adapter;
  }

  /** How the worker was when it last answered, slices of those before it included. */
  get pulse(): Pulse {
    return { ...this.#pulse, slices: this.#before + this.#pulse.slices };
  }

  /** Starts the worker where there is none. Throws where its device can't be opened. */
  async ready(): Promise<void> {
    await this.#worker();
  }

  /**
   * Calls the worker. Throws what it throws: an InputError as such, a WorkerLostError where the
   * worker or its device was lost.
   */
  async call<T>(name: string, argument?: unknown): Promise<T> {
    const worker = await this.#worker();
    try {
      return await Promise.race([worker.calls.call<T>(name, argument), worker.loss.promise]);
    } catch (error) {
      const { name: kind, message } = error as Error;
      if (kind !== WorkerLostError.name && kind !== DeviceLostError.name) throw error;
      await this.lose(message, worker);
      throw new WorkerLostError(message);
    }
  }

  /** Has a job done. Throws as {@link ComputeLane.call}. */
  async work(call: WorkCall): Promise<JobOutcome> {
    return await this.#counted("work", call);
  }

  /** Has slices predicted at once. Throws as {@link ComputeLane.call}. */
  async interpolate(call: SlicesCall): Promise<Float32Array<ArrayBuffer>[]> {
    return await this.#counted("interpolate", call);
  }

  /** Asks the worker how it is; it answers between two batches. */
  async askPulse(): Promise<Pulse> {
    this.#pulse = await this.call<Pulse>("pulse");
    return this.pulse;
  }

  /** Gives the worker up: what was asked of it is lost, and the next call starts another. */
  async lose(why: string, lost?: LaneWorker): Promise<void> {
    const current = await this.#open;
    if (!current || (lost && current !== lost)) return;
    this.#open = undefined;
    this.#before += this.#pulse.slices;
    this.#pulse = NO_PULSE;
    this.options.say(`The adapter ${this.#adapter?.name} was lost, and is opened again: ${why}`);
    current.loss.reject(new WorkerLostError(why));
    // Where its thread still runs, it closes its device and ends.
    void current.calls.close();
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.then(({ calls }) => calls.close(), () => {});
  }

  async #counted<T>(name: string, argument: unknown): Promise<T> {
    const { value, pulse } = await this.call<Done<T>>(name, argument);
    this.#pulse = pulse;
    return value;
  }

  #worker(): Promise<LaneWorker> {
    return this.#open ??= this.#start().catch((error) => {
      this.#open = undefined;
      throw error;
    });
  }

  async #start(): Promise<LaneWorker> {
    const { card, memory, precision = "auto", module } = this.options;
    await holdDrivers();
    const { calls, adapters } = await startWorker(card?.environment ?? {}, module);
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
    const loss = Promise.withResolvers<never>();
    // It may be lost while nobody waits for it.
    loss.promise.catch(() => {});
    return { calls, loss };
  }
}
