import { type Calibrator, DeviceLostError, type Predictor, type SliceRequest } from "../core.ts";
import { WorkerLostError } from "../workers/worker_calls.ts";

/** Batches under way on a device that keeps up: while it computes one, the next is on its way. */
const PER_DEVICE = 2;

/**
 * An idle device takes a batch over that has been under way for so many of its own, and a device
 * that takes so many times longer than the fastest gets its batches one by one.
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
interface Lane {
  readonly predictor: Predictor;
  readonly batches: Set<Batch>;
  /** Milliseconds of its last batch, once there was one. */
  lastTook?: number;
  timer?: ReturnType<typeof setTimeout>;
}

/**
 * Several devices behind one queue, from which idle ones pull. A batch that a slow device sits on
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
  readonly #lanes: Set<Lane>;
  readonly #waiting: Batch[] = [];

  /** Takes at least one; `onLost` hears in a sentence of each that is lost. */
  constructor(predictors: readonly Predictor[], onLost: (message: string) => void) {
    this.#predictors = predictors;
    this.#onLost = onLost;
    this.#lanes = new Set(predictors.map((predictor) => ({ predictor, batches: new Set() })));
    this.adapters = predictors.flatMap(({ adapters }) => adapters);
    this.anyDistance = predictors[0].anyDistance;
    this.memoryLimit = Math.min(...predictors.map(({ memoryLimit }) => memoryLimit));
    this.calls = PER_DEVICE * predictors.length;
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
    for (const { timer } of this.#lanes) clearTimeout(timer);
    this.#lanes.clear();
  }

  #ask(work: Batch["work"], timed: boolean): Promise<Slices> {
    const answer = Promise.withResolvers<Slices>();
    this.#waiting.push({ work, timed, answer, since: Infinity, answered: false });
    this.#handOut();
    return answer.promise;
  }

  #handOut(): void {
    for (let places = 0; places < PER_DEVICE; places++) {
      for (const lane of this.#lanes) {
        if (lane.batches.size > places || (places > 0 && !this.#keepsUp(lane))) continue;
        const batch = this.#waiting.shift();
        if (batch) void this.#run(lane, batch);
        else if (lane.batches.size === 0) this.#takeOver(lane);
      }
    }
    if (this.#lanes.size > 0) return;
    for (const { answer } of this.#waiting.splice(0)) {
      const names = [...new Set(this.adapters.map(({ name }) => name))].join(", ");
      const place = { adapter: names, operation: "prediction" };
      answer.reject(new DeviceLostError("Every adapter is lost, so prediction can't go on", place));
    }
  }

  #keepsUp({ lastTook = Infinity }: Lane): boolean {
    const fastest = Math.min(...[...this.#lanes].map(({ lastTook = Infinity }) => lastTook));
    return lastTook < PATIENCE * fastest;
  }

  /** Gives an idle device the batch that has been under way longest, once it is late. */
  #takeOver(lane: Lane): void {
    clearTimeout(lane.timer);
    const [late] = this.#underWay().filter(({ answered, timed }) => !answered && timed)
      .sort((a, b) => a.since - b.since);
    if (!late || lane.lastTook === undefined) return;
    const wait = late.since + PATIENCE * lane.lastTook - performance.now();
    if (wait <= 0) void this.#run(lane, late);
    else lane.timer = setTimeout(() => this.#handOut(), wait);
  }

  async #run(lane: Lane, batch: Batch): Promise<void> {
    clearTimeout(lane.timer);
    const { work, timed, answer } = batch;
    const start = performance.now();
    batch.since = Math.min(batch.since, start);
    lane.batches.add(batch);
    try {
      answer.resolve(await work(lane.predictor));
      batch.answered = true;
      if (timed) lane.lastTook = performance.now() - start;
    } catch (error) {
      if (isLoss(error)) this.#lose(lane, error);
      else answer.reject(error);
    } finally {
      lane.batches.delete(batch);
      this.#handOut();
    }
  }

  #underWay(): Batch[] {
    return [...this.#lanes].flatMap(({ batches }) => [...batches]);
  }

  #lose(lane: Lane, { message }: Error): void {
    if (!this.#lanes.delete(lane)) return;
    clearTimeout(lane.timer);
    const elsewhere = new Set(this.#underWay());
    const left = [...lane.batches].filter((b) => !b.answered && !elsewhere.has(b));
    this.#waiting.unshift(...left);
    const [{ name }] = lane.predictor.adapters;
    const rest = this.#lanes.size;
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
