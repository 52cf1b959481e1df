import type { GradientExchange, HostPass } from "../core.ts";
import { inPairs } from "../pairwise.ts";

/** Losses that a pass may have; they travel beside the gradients. */
const MOST_LOSSES = 16;

/** The exchange was given up because a replica failed: what it says is the cause. */
export class ExchangeAbandonedError extends Error {
  override name = "ExchangeAbandonedError";
}

/** Memory that all replicas of a training see. */
export interface ExchangeMemory {
  /** One a replica: the gradients that it computed. */
  readonly own: readonly SharedArrayBuffer[];
  /** Their sum. */
  readonly sum: SharedArrayBuffer;
  /** Losses of each replica. */
  readonly losses: SharedArrayBuffer;
  /** Replicas that wait, how often all went on, and 1 where it was given up. */
  readonly gate: SharedArrayBuffer;
}

/** Memory for replicas of networks with up to `values` parameters. */
export function exchangeMemory(replicas: number, values: number): ExchangeMemory {
  return {
    own: Array.from({ length: replicas }, () => new SharedArrayBuffer(4 * values)),
    sum: new SharedArrayBuffer(4 * values),
    losses: new SharedArrayBuffer(8 * MOST_LOSSES * replicas),
    gate: new SharedArrayBuffer(12),
  };
}

/**
 * Sums gradients through memory that the replicas' threads share. Each writes its own, sums a part
 * of all of them in pairs of replicas, rounding to float32 as a device that adds micro-batches does,
 * and reads the whole sum.
 */
export class SharedExchange implements GradientExchange {
  /** Milliseconds spent so far: waiting for slower replicas, and adding and copying. */
  readonly spent = { waiting: 0, adding: 0 };
  readonly #rank: number;
  readonly #own: readonly Float32Array[];
  readonly #sum: Float32Array;
  readonly #losses: Float64Array;
  readonly #gate: Int32Array;

  constructor(memory: ExchangeMemory, rank: number) {
    this.#rank = rank;
    this.#own = memory.own.map((shared) => new Float32Array(shared));
    this.#sum = new Float32Array(memory.sum);
    this.#losses = new Float64Array(memory.losses);
    this.#gate = new Int32Array(memory.gate);
  }

  async combine({ losses, gradients }: HostPass): Promise<HostPass> {
    const start = performance.now();
    const names = Object.keys(losses);
    const own = this.#own[this.#rank];
    let count = 0;
    for (const values of gradients) {
      if (!values) continue;
      own.set(values, count);
      count += values.length;
    }
    names.forEach((name, i) => this.#losses[this.#rank * MOST_LOSSES + i] = losses[name]);
    const written = performance.now();
    await this.#all();
    const ready = performance.now();
    this.#addPart(count);
    // Before the others may go on to their next losses.
    const ofAll = this.#summedLosses(names);
    const added = performance.now();
    await this.#all();
    const summed = performance.now();
    const result = { losses: ofAll, gradients: this.#read(gradients) };
    this.spent.waiting += (ready - written) + (summed - added);
    this.spent.adding += (written - start) + (added - ready) + (performance.now() - summed);
    return result;
  }

  /** Lets every replica that waits, or will, end with an {@link ExchangeAbandonedError}. */
  abandon(): void {
    Atomics.store(this.#gate, 2, 1);
    Atomics.add(this.#gate, 1, 1);
    Atomics.notify(this.#gate, 1);
  }

  #addPart(count: number): void {
    const replicas = this.#own.length;
    const [from, end] = [0, 1].map((i) => Math.floor((this.#rank + i) * count / replicas));
    const parts = this.#own.map((own) => own.subarray(from, end));
    const sum = inPairs(parts, (left, right) => {
      for (let i = 0; i < left.length; i++) left[i] += right[i];
      return left;
    });
    this.#sum.set(sum, from);
  }

  #summedLosses(names: readonly string[]): Record<string, number> {
    const ofReplica = (i: number) => this.#own.map((_, r) => this.#losses[r * MOST_LOSSES + i]);
    const sum = (i: number) => inPairs(ofReplica(i), (a, b) => Math.fround(a + b));
    return Object.fromEntries(names.map((name, i) => [name, sum(i)]));
  }

  #read(gradients: HostPass["gradients"]): HostPass["gradients"] {
    let from = 0;
    return gradients.map((values) => values && this.#sum.subarray(from, from += values.length));
  }

  /** Waits until every replica has come here. The thread stays free for other work. */
  async #all(): Promise<void> {
    const round = Atomics.load(this.#gate, 1);
    if (Atomics.add(this.#gate, 0, 1) === this.#own.length - 1) {
      Atomics.store(this.#gate, 0, 0);
      Atomics.add(this.#gate, 1, 1);
      Atomics.notify(this.#gate, 1);
    } else if (Atomics.load(this.#gate, 2) === 0) {
      await Atomics.waitAsync(this.#gate, 1, round).value;
    }
    if (Atomics.load(this.#gate, 2) === 0) return;
    throw new ExchangeAbandonedError("Another replica of the training failed");
  }
}
