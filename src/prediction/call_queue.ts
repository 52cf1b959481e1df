import type { SliceInterpolator, SliceRequest } from "./interpolator.ts";
import type { Sides } from "./capacity.ts";

/** A request and what to do with its answer. */
export interface Work {
  readonly request: SliceRequest;
  readonly deliver: (samples: Float32Array<ArrayBuffer>) => void;
}

interface Batch {
  readonly works: readonly Work[];
  answers?: readonly Float32Array<ArrayBuffer>[];
}

/**
 * Keeps up to `most` interpolations under way: while the device computes one, the next is
 * prepared. Answers are delivered in the order of the batches, whichever device was faster, so that
 * sums of overlapping tiles round alike. A failure is thrown by a later call here.
 */
export class CallQueue {
  readonly #interpolator: SliceInterpolator;
  readonly #sides: Sides;
  readonly #most: number;
  readonly #signal?: AbortSignal;
  readonly #onDelivered: (requests: number) => void;
  /** What is not delivered yet, in order. */
  readonly #batches: Batch[] = [];
  readonly #underWay = new Set<Promise<void>>();

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

  /** Starts a batch, and waits for any while `most` are under way. */
  async start(works: readonly Work[]): Promise<void> {
    this.#signal?.throwIfAborted();
    const call = this.#call(works).then(() => void this.#underWay.delete(call));
    // One that failed stays, so that the next wait throws; until then it is not unhandled.
    call.catch(() => {});
    this.#underWay.add(call);
    while (this.#underWay.size >= this.#most) await Promise.race(this.#underWay);
  }

  /** Waits for every call; throws if one failed. */
  async drain(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Waits for every call, whatever becomes of it, so that none outlives the prediction. */
  async abandon(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  async #call(works: readonly Work[]) {
    const { height, width } = this.#sides;
    const batch: Batch = { works };
    this.#batches.push(batch);
    const requests = works.map(({ request }) => request);
    batch.answers = await this.#interpolator.interpolate(requests, height, width);
    for (let first = this.#batches[0]; first?.answers; first = this.#batches[0]) {
      const { works, answers } = first;
      this.#batches.shift();
      works.forEach(({ deliver }, i) => deliver(answers[i]));
      this.#onDelivered(works.length);
    }
  }
}

/** Fills batches of one size for a {@link CallQueue}. */
export class Batcher {
  readonly #queue: CallQueue;
  readonly #size: number;
  #batch: Work[] = [];
  #rows = 0;

  constructor(queue: CallQueue, size: number) {
    this.#queue = queue;
    this.#size = size;
  }

  /** Adds to the batch and starts it when it is full. */
  async add(work: Work): Promise<void> {
    this.#batch.push(work);
    if (this.#batch.length === this.#size) await this.#start();
  }

  /**
   * Called after each row of the stream: finishes a batch that more than `most` rows wait for. It
   * counts rows, not answers, so that batches are the same however fast the devices are.
   */
  async rowDone(most: number): Promise<void> {
    if (this.#batch.length > 0 && ++this.#rows > most) await this.finish();
  }

  /** Starts what there is and waits until all is delivered. */
  async finish(): Promise<void> {
    if (this.#batch.length > 0) await this.#start();
    await this.#queue.drain();
  }

  #start() {
    const batch = this.#batch;
    this.#batch = [];
    this.#rows = 0;
    return this.#queue.start(batch);
  }
}
