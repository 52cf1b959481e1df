import type { SliceRequest } from "../core.ts";
import { leastBusy } from "../workers/least_busy.ts";
import { WorkerLostError } from "../workers/worker_calls.ts";
import type { AdapterFacts, Card } from "../fleet/cards.ts";
import { ComputeLane } from "./compute_lane.ts";
import type { SlicesCall } from "./compute_worker.ts";
import type { DataFolder } from "./data_folder.ts";
import { JobRunner } from "./job_runner.ts";
import { JobTimer, type JobTimes } from "./job_times.ts";
import type { Precision } from "../options/machine.ts";
import type { JobQueue } from "./queue.ts";

/** On what a service computes, and for whom. */
export interface ComputeOptions {
  readonly data: DataFolder;
  readonly queue: JobQueue;
  /** Begins the names of its workers: not to be that of another process with the same queue. */
  readonly name?: string;
  /** A worker each; one on the preferred adapter where there are none. */
  readonly cards?: readonly Card[];
  /** Bytes that each device may use; the device's usual where not given. */
  readonly memory?: number;
  /** Of predictions; as the adapters were tuned where not given. */
  readonly precision?: Precision;
  /** The workers' program; another one in tests of their faults. */
  readonly module?: URL;
  /** For how long a job is a worker's without a sign of life; shorter in tests. */
  readonly leaseSeconds?: number;
  /** After how long a silent worker is given up; shorter in tests. */
  readonly stallSeconds?: number;
  /** Hears, in a sentence, what an administrator should know. */
  say(line: string): void;
}

/** An adapter that jobs are done on. */
export interface ComputeAdapter
  extends Pick<AdapterFacts, "name" | "type" | "vendor" | "architecture"> {
  readonly index: number;
}

/** Since the service started. */
export interface ComputeStats {
  /** Slices predicted, in jobs and at once. */
  readonly slices: number;
  /** On all devices, now and at the peak. */
  readonly gpuBytes: number;
  readonly gpuPeakBytes: number;
  readonly times: readonly JobTimes[];
}

const MODULE = new URL("./compute_worker.ts", import.meta.url);

/** Works on a queue's jobs, one at a time on each device, and predicts slices at once. */
export class Compute {
  readonly #data: DataFolder;
  readonly #lanes: readonly ComputeLane[];
  readonly #runners: readonly JobRunner[];
  readonly #running: Promise<unknown>;
  readonly #timer = new JobTimer();
  #stopping = false;

  private constructor(options: ComputeOptions) {
    const {
      data,
      queue,
      name = "adapter",
      cards = [undefined],
      memory,
      precision,
      module = MODULE,
      leaseSeconds,
      stallSeconds,
      say,
    } = options;
    this.#data = data;
    this.#lanes = cards.map((card) => new ComputeLane({ card, memory, precision, module, say }));
    this.#runners = this.#lanes.map((lane, i) => {
      const own = { name: `${name}-${i}`, lane, timer: this.#timer };
      return new JobRunner({ ...own, queue, data, leaseSeconds, stallSeconds, say });
    });
    this.#running = Promise.all(this.#runners.map((runner) => runner.run()));
  }

  /** Opens the devices and starts to work. Throws an InputError where there is no adapter. */
  static async start(options: ComputeOptions): Promise<Compute> {
    const compute = new Compute(options);
    try {
      await compute.ready();
      return compute;
    } catch (error) {
      await compute.shutdown(0);
      throw error;
    }
  }

  /** False while it shuts down; throws where a device can't be opened. */
  async ready(): Promise<boolean> {
    if (this.#stopping) return false;
    for (const lane of this.#lanes) await lane.ready();
    return true;
  }

  adapters(): Promise<readonly ComputeAdapter[]> {
    const adapters = this.#lanes.flatMap(({ adapter }, index) =>
      adapter ? [{ adapter, index }] : []
    );
    return Promise.resolve(adapters.map(({ adapter, index }) => {
      const { name, type, vendor, architecture } = adapter;
      return { index, name, type, vendor, architecture };
    }));
  }

  /**
   * Predicts normalised planes of height x width (multiples of 16) with a model of the store. Calls
   * of several callers share batches. Throws an InputError where the planes are too large.
   */
  async interpolate(
    model: string,
    requests: readonly SliceRequest[],
    height: number,
    width: number,
    signal?: AbortSignal,
  ): Promise<Float32Array<ArrayBuffer>[]> {
    const path = this.#data.model(model);
    if (path === undefined) throw new Error(`${model} can't be the name of a model`);
    signal?.throwIfAborted();
    const call: SlicesCall = { model: path, requests, height, width };
    const planes = await this.#slices(call).catch((error) => {
      // Another worker is started then: one more try is worth it.
      if (error instanceof WorkerLostError) return this.#slices(call);
      throw error;
    });
    signal?.throwIfAborted();
    return planes;
  }

  async stats(): Promise<ComputeStats> {
    // A worker in the middle of a batch is not waited for: what it last told is true enough.
    for (const lane of this.#lanes) lane.askPulse().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 20));
    const pulses = this.#lanes.map(({ pulse }) => pulse);
    const sum = (of: (pulse: typeof pulses[number]) => number) =>
      pulses.reduce((total, pulse) => total + of(pulse), 0);
    return {
      slices: sum(({ slices }) => slices),
      gpuBytes: sum(({ liveBytes }) => liveBytes),
      gpuPeakBytes: sum(({ peakBytes }) => peakBytes),
      times: this.#timer.times,
    };
  }

  /**
   * Takes no more jobs, lets those under way end for this many seconds, puts back those that have
   * not, and closes the devices.
   */
  async shutdown(seconds: number): Promise<void> {
    this.#stopping = true;
    for (const runner of this.#runners) runner.stop();
    const timeout = setTimeout(() => {
      for (const runner of this.#runners) runner.release();
    }, 1000 * seconds);
    await this.#running;
    clearTimeout(timeout);
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }

  #slices(call: SlicesCall): Promise<Float32Array<ArrayBuffer>[]> {
    return leastBusy(this.#lanes, ({ slicesUnderWay }) => slicesUnderWay).interpolate(call);
  }
}
