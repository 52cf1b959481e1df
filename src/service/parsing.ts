import { InputError } from "../core.ts";
import { type CallOptions, WorkerCalls, WorkerLostError } from "../workers/worker_calls.ts";
import { boundedThread } from "./bounded_thread.ts";
import type { ParsingCalls } from "./parsing_worker.ts";

/** What was sent can't be read within the bounds of {@link Parsing}. */
export class ParsingLimitError extends InputError {
  override name = "ParsingLimitError";
}

/** How much a thread that reads what a client sent may take. */
export interface ParsingLimits {
  /** Threads at once; who comes then waits. */
  readonly threads: number;
  /** For its values; the bytes of files and slices are beside them, and bounded by their sizes. */
  readonly heapMegabytes: number;
  /** Without an answer, or a sign that a slice more was read. */
  readonly seconds: number;
  /** After which an idle thread is ended, and its memory given back. */
  readonly idleSeconds: number;
  /** The threads' program; another one in tests of their faults. */
  readonly module: URL;
}

const LIMITS: ParsingLimits = {
  threads: 3,
  heapMegabytes: 512,
  seconds: 20,
  idleSeconds: 10,
  module: new URL("./parsing_worker.ts", import.meta.url),
};

type Thread = WorkerCalls<ParsingCalls>;
type Argument<Name extends keyof ParsingCalls> = Parameters<ParsingCalls[Name]>[0];
type Answer<Name extends keyof ParsingCalls> = Awaited<ReturnType<ParsingCalls[Name]>>;

/**
 * Reads what clients sent beside the thread that serves, on threads with a bound of time and memory.
 * One that exceeds it is ended alone, and another takes its place.
 */
export class Parsing {
  readonly #limits: ParsingLimits;
  readonly #idle = new Map<Thread, ReturnType<typeof setTimeout>>();
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(limits: Partial<ParsingLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /**
   * Calls a handler of `parsing_worker.ts`. Throws what it throws, and a ParsingLimitError where it
   * takes too much.
   */
  async call<Name extends keyof ParsingCalls>(
    name: Name,
    argument: Argument<Name>,
    transfer: Transferable[] = [],
  ): Promise<Answer<Name>> {
    await this.#takePlace();
    const thread = this.#take();
    try {
      const answer = await this.#bounded(thread, name, argument, transfer);
      return answer as Answer<Name>;
    } catch (error) {
      if (!(error instanceof WorkerLostError)) throw error;
      throw this.#explained(error);
    } finally {
      this.#keep(thread);
      this.#busy--;
      this.#waiting.shift()?.();
    }
  }

  /** Ends the threads; nothing must be under way. */
  async close(): Promise<void> {
    const threads = [...this.#idle];
    this.#idle.clear();
    for (const [, timer] of threads) clearTimeout(timer);
    await Promise.all(threads.map(([thread]) => thread.close()));
  }

  async #takePlace(): Promise<void> {
    while (this.#busy >= this.#limits.threads) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#busy++;
  }

  #take(): Thread {
    const [kept] = this.#idle;
    const { module, heapMegabytes } = this.#limits;
    if (!kept) return new WorkerCalls(module, boundedThread(heapMegabytes));
    const [thread, timer] = kept;
    clearTimeout(timer);
    this.#idle.delete(thread);
    return thread;
  }

  #keep(thread: Thread): void {
    if (thread.isLost) return;
    const end = () => {
      this.#idle.delete(thread);
      void thread.close();
    };
    this.#idle.set(thread, setTimeout(end, 1000 * this.#limits.idleSeconds));
  }

  async #bounded<Name extends keyof ParsingCalls>(
    thread: Thread,
    name: Name,
    argument: Argument<Name>,
    transfer: Transferable[],
  ): Promise<unknown> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wind = () => {
      clearTimeout(timer);
      timer = setTimeout(() => thread.terminate(TOO_LONG), 1000 * this.#limits.seconds);
    };
    wind();
    const options: CallOptions<unknown> = { onProgress: wind, transfer };
    const call = thread.call.bind(thread) as (...call: unknown[]) => Promise<unknown>;
    return await call(name, argument, options).finally(() => clearTimeout(timer));
  }

  #explained({ message }: WorkerLostError): Error {
    const { seconds, heapMegabytes } = this.#limits;
    if (message !== TOO_LONG && message !== TOO_LARGE) {
      return new Error(`What was sent could not be read: ${message}`);
    }
    return new ParsingLimitError(
      `Reading what was sent takes more than ${seconds} s, or more than ${heapMegabytes} MB of ` +
        "memory, so it was given up: send it in a simpler form.",
    );
  }
}

const TOO_LONG = "too long";
/** As node:worker_threads calls it, where it tells. */
const TOO_LARGE = "ERR_WORKER_OUT_OF_MEMORY";
