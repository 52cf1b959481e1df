import type { SliceInterpolator, SliceRequest } from "./interpolator.ts";
import type { Sides } from "./capacity.ts";

/** A request and what to do with its answer. */
export interface Work {
  readonly request: SliceRequest;
  readonly deliver: (samples: Float32Array<ArrayBuffer>) => void;
}

/**
 * Keeps up to `most` interpolations under way: while the device computes one, the next is
 * prepared. Answers are delivered as they come; a failure is thrown by the next call here.
 */
export class CallQueue {
  readonly #interpolator: SliceInterpolator;
  readonly #sides: Sides;
  readonly #most: number;
  readonly #signal?: AbortSignal;
  readonly #onDelivered: (requests: number) => void;
  readonly #calls: Promise<void>[] = [];

  constructor(interpolator: SliceInterpolator, sides: Sides, options: {
    readonly most: number;
    readonly signal?: AbortSignal;
    readonly onDelivered: (requests: number) => void;
  }) {
    this.#interpolator = interpolator;
    this.#sides = sides;
    this.#most = options.most;
    this.#signal = options.signal;
    this.#onDelivered = options.onDelivered;
  }

  /** Starts a batch, and waits for the oldest while `most` are under way. */
  async start(batch: readonly Work[]): Promise<void> {
    this.#signal?.throwIfAborted();
    const call = this.#call(batch);
    // It is awaited below, but may fail before that: then it must not count as unhandled.
    call.catch(() => {});
    this.#calls.push(call);
    if (this.#calls.length >= this.#most) await this.#calls.shift();
  }

  /** Waits for every call; throws if one failed. */
  async drain(): Promise<void> {
    while (this.#calls.length > 0) await this.#calls.shift();
  }

  /** Waits for every call, whatever becomes of it, so that none outlives the prediction. */
  async abandon(): Promise<void> {
    await Promise.allSettled(this.#calls.splice(0));
  }

  async #call(batch: readonly Work[]) {
    const { height, width } = this.#sides;
    const requests = batch.map(({ request }) => request);
    const answers = await this.#interpolator.interpolate(requests, height, width);
    batch.forEach(({ deliver }, i) => deliver(answers[i]));
    this.#onDelivered(batch.length);
  }
}

/** Fills batches of one size for a {@link CallQueue}. */
export class Batcher {
  readonly #queue: CallQueue;
  readonly #size: number;
  #batch: Work[] = [];

  constructor(queue: CallQueue, size: number) {
    this.#queue = queue;
    this.#size = size;
  }

  /** Adds to the batch and starts it when it is full. */
  async add(work: Work): Promise<void> {
    this.#batch.push(work);
    if (this.#batch.length === this.#size) await this.#start();
  }

  /** Starts what there is and waits until all is delivered. */
  async finish(): Promise<void> {
    if (this.#batch.length > 0) await this.#start();
    await this.#queue.drain();
  }

  #start() {
    const batch = this.#batch;
    this.#batch = [];
    return this.#queue.start(batch);
  }
}
