import {
  type Calibrator,
  CALLS_PER_DEVICE,
  DeviceLostError,
  type Predictor,
  type SliceRequest,
} from "../core.ts";
import { WorkerLostError } from "../workers/worker_calls.ts";

/**
 * An idle device takes a batch over that has been under way for this many of its own, and a device
 * that takes this many times longer than the fastest gets its batches one by one.
 */
const PATIENCE = 3;

type Slices = Float32Array<ArrayBuffer>[];

/** A batch, from when it is asked for until it is answered. */
interface Batch {
  readonly work: (predictor: Predictor) => Promise<Slices>;
  /** What says how fast a device is: the network's batches, not what is made of its answers. */
  readonly timed: boolean;
  readonly answer: PromiseWithResolvers<Slices>;
  /** When it was first handed out. */
  since: number;
  answered: boolean;
}

/** A device and what it works on. */
interface DeviceLoad {
  readonly predictor: Predictor;
  readonly batches: Set<Batch>;
  /** Milliseconds of its last batch, once there was one. */
  lastTook?: number;
  timer?: ReturnType<typeof setTimeout>;
}

/**
 * Several devices behind one queue, from which idle ones pull. A batch that a slow device holds
 * while another has nothing to do is computed there, too, and the first answer counts; a lost
 * device's batches go to the others. Equal devices give equal bits, whoever computes what.
 */
export class SharedQueue implements Predictor {
  readonly adapters: Predictor["adapters"];
  readonly anyDistance: boolean;
  readonly memoryLimit: number;
  readonly calls: number;
  readonly calibrator: Calibrator;
  readonly #predictors: readonly Predictor[];
  readonly #onLost: (message: string) => void;
  readonly #devices: Set<DeviceLoad>;
  readonly #waiting: Batch[] = [];

  /** Takes at least one; `onLost` is told in a sentence of each that is lost. */
  constructor(predictors: readonly Predictor[], onLost: (message: string) => void) {
    this.#predictors = predictors;
    this.#onLost = onLost;
    this.#devices = new Set(predictors.map((predictor) => ({ predictor, batches: new Set() })));
    this.adapters = predictors.flatMap(({ adapters }) => adapters);
    this.anyDistance = predictors[0].anyDistance;
    this.memoryLimit = Math.min(...predictors.map(({ memoryLimit }) => memoryLimit));
    this.calls = CALLS_PER_DEVICE * predictors.length;
    this.calibrator = {
      map: predictors[0].calibrator.map,
      filterBytes: Math.max(...predictors.map(({ calibrator }) => calibrator.filterBytes)),
      filter: {
        apply: async (...slice) => {
          const filter = async ({ calibrator }: Predictor) => [
            await calibrator.filter.apply(...slice),
          ];
          const [made] = await this.#ask(filter, false);
          return made;
        },
      },
    };
  }

  get peakDeviceBytes(): number {
    return Math.max(...this.#predictors.map(({ peakDeviceBytes }) => peakDeviceBytes));
  }

  resetPeak(): void {
    for (const predictor of this.#predictors) predictor.resetPeak();
  }

  peakBytes(batch: number, height: number, width: number): number {
    return Math.max(...this.#predictors.map((p) => p.peakBytes(batch, height, width)));
  }

  fits(batch: number, height: number, width: number): boolean {
    return this.#predictors.every((predictor) => predictor.fits(batch, height, width));
  }

  interpolate(requests: readonly SliceRequest[], height: number, width: number): Promise<Slices> {
    return this.#ask((predictor) => predictor.interpolate(requests, height, width), true);
  }

  /** Hands no batch out any more: devices that are closed from now on are not lost. */
  close(): void {
    for (const { timer } of this.#devices) clearTimeout(timer);
    this.#devices.clear();
  }

  #ask(work: Batch["work"], timed: boolean): Promise<Slices> {
    const answer = Promise.withResolvers<Slices>();
    this.#waiting.push({ work, timed, answer, since: Infinity, answered: false });
    this.#handOut();
    return answer.promise;
  }

  #handOut(): void {
    for (let places = 0; places < CALLS_PER_DEVICE; places++) {
      for (const device of this.#devices) {
        if (device.batches.size > places || (places > 0 && !this.#keepsUp(device))) continue;
        const batch = this.#waiting.shift();
        if (batch) void this.#run(device, batch);
        else if (device.batches.size === 0) this.#takeOver(device);
      }
    }
    if (this.#devices.size > 0) return;
    for (const { answer } of this.#waiting.splice(0)) {
      const names = [...new Set(this.adapters.map(({ name }) => name))].join(", ");
      const place = { adapter: names, operation: "prediction" };
      answer.reject(new DeviceLostError("Every adapter is lost, so prediction can't go on", place));
    }
  }

  #keepsUp({ lastTook = Infinity }: DeviceLoad): boolean {
    const fastest = Math.min(...[...this.#devices].map(({ lastTook = Infinity }) => lastTook));
    return lastTook < PATIENCE * fastest;
  }

  /** Gives an idle device the batch that has been under way longest, once it is late. */
  #takeOver(device: DeviceLoad): void {
    clearTimeout(device.timer);
    const [late] = this.#underWay().filter(({ answered, timed }) => !answered && timed)
      .sort((a, b) => a.since - b.since);
    if (!late || device.lastTook === undefined) return;
    const wait = late.since + PATIENCE * device.lastTook - performance.now();
    if (wait <= 0) void this.#run(device, late);
    else device.timer = setTimeout(() => this.#handOut(), wait);
  }

  async #run(device: DeviceLoad, batch: Batch): Promise<void> {
    clearTimeout(device.timer);
    const { work, timed, answer } = batch;
    const start = performance.now();
    batch.since = Math.min(batch.since, start);
    device.batches.add(batch);
    try {
      answer.resolve(await work(device.predictor));
      batch.answered = true;
      if (timed) device.lastTook = performance.now() - start;
    } catch (error) {
      if (isLoss(error)) this.#lose(device, error);
      else answer.reject(error);
    } finally {
      device.batches.delete(batch);
      this.#handOut();
    }
  }

  #underWay(): Batch[] {
    return [...this.#devices].flatMap(({ batches }) => [...batches]);
  }

  #lose(device: DeviceLoad, { message }: Error): void {
    if (!this.#devices.delete(device)) return;
    clearTimeout(device.timer);
    const elsewhere = new Set(this.#underWay());
    const left = [...device.batches].filter((b) => !b.answered && !elsewhere.has(b));
    this.#waiting.unshift(...left);
    const [{ name }] = device.predictor.adapters;
    const rest = this.#devices.size;
    const others = rest === 0 ? "none is left" : `${rest} go${rest === 1 ? "es" : ""} on`;
    this.#onLost(
      `The adapter ${name} was lost, and its batches go to others: ${others}. ${message}`,
    );
  }
}

/** Errors come from workers by their name. */
function isLoss(error: unknown): error is Error {
  return error instanceof Error &&
    [WorkerLostError.name, DeviceLostError.name].includes(error.name);
}
