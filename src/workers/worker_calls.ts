import type { CallContext, Handlers } from "./answer_calls.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { unpackError } from "./packed_error.ts";

/** A worker is gone: a fault ended its thread, or it was closed or given up. */
export class WorkerLostError extends Error {
  override name = "WorkerLostError";
}

/** How a call is made. */
export interface CallOptions<Progress = never> {
  /**
   * Asks the worker to end the call, which then rejects with the signal's reason, unless it was
   * answered before the worker heard of it.
   */
  readonly signal?: AbortSignal;
  /** Hears what the handler tells of its progress. */
  readonly onProgress?: (progress: Progress) => void;
  /** Buffers of the argument that move to the worker and are not copied. */
  readonly transfer?: Transferable[];
}

/** Argument and options of a call; a handler without parameters takes no argument. */
export type CallParameters<Handler> = Handler extends () => unknown
  ? [argument?: undefined, options?: CallOptions]
  : Handler extends (argument: infer Argument, context: CallContext<infer Progress>) => unknown
    ? [argument: Argument, options?: CallOptions<Progress>]
  : never;

/** A call under way. */
interface Pending {
  readonly answer: PromiseWithResolvers<unknown>;
  readonly options: CallOptions<unknown>;
}

/** A thread that answers calls, however it was started. */
export type Thread = Pick<Worker, "postMessage" | "terminate">;

/** Starts a module on a thread; hears what that sends, and why it failed. */
export type StartThread = (
  module: URL,
  hear: (message: FromWorker) => void,
  fail: (why: string) => void,
) => Thread;

/** A worker that answers the calls of `Calls`, seen from who calls. */
export class WorkerCalls<Calls extends Handlers> {
  readonly #worker: Thread;
  readonly #pending = new Map<number, Pending>();
  readonly #closed = Promise.withResolvers<void>();
  #count = 0;
  #lost?: WorkerLostError;

  /** Starts the worker of a module that calls `answerCalls`: a web worker, where nothing else is said. */
  constructor(module: URL, start: StartThread = startWebWorker) {
    this.#worker = start(module, (message) => this.#receive(message), (why) => this.terminate(why));
  }

  /** Calls that are not answered yet. */
  get pending(): number {
    return this.#pending.size;
  }

  /** True where nothing more can be asked of it. */
  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /**
   * Calls a handler by its name. Throws what it throws, an InputError as such and others by their
   * names; a WorkerLostError where the worker is lost before it answers; the signal's reason.
   */
  async call<Name extends keyof Calls & string>(
    name: Name,
    ...[argument, options = {}]: CallParameters<Calls[Name]>
  ): Promise<Awaited<ReturnType<Calls[Name]>>> {
    const { signal, transfer = [] } = options;
    signal?.throwIfAborted();
    if (this.#lost) throw this.#lost;
    const id = this.#count++;
    const answer = Promise.withResolvers<unknown>();
    this.#pending.set(id, { answer, options: options as CallOptions<unknown> });
    const cancel = () => this.#send({ type: "cancel", id });
    signal?.addEventListener("abort", cancel);
    try {
      this.#send({ type: "call", id, name, argument }, transfer);
      return await answer.promise as Awaited<ReturnType<Calls[Name]>>;
    } finally {
      signal?.removeEventListener("abort", cancel);
      this.#pending.delete(id);
    }
  }

  /** Lets the worker free what it holds and end; calls that it has not answered then are lost. */
  async close(): Promise<void> {
    if (!this.#lost) this.#send({ type: "close" });
    await this.#closed.promise;
    this.#lose("it was closed");
  }

  /** Gives a worker up that may hang; where its thread still runs, it frees what it holds and ends. */
  giveUp(why: string): void {
    this.#lose(why);
    this.#send({ type: "close" });
  }

  /** Ends a worker that holds no device, whatever it is doing. */
  terminate(why = "it was ended"): void {
    this.#lose(why);
    this.#worker.terminate();
  }

  #receive(message: FromWorker): void {
    if (message.type === "closed") return this.#closed.resolve();
    const pending = this.#pending.get(message.id);
    if (!pending) return;
    const { answer, options: { signal, onProgress } } = pending;
    if (message.type === "progress") onProgress?.(message.progress);
    else if (message.type === "answer") answer.resolve(message.value);
    else answer.reject(signal?.aborted ? signal.reason : unpackError(message.error));
  }

  #lose(why: string): void {
    this.#lost ??= new WorkerLostError(why);
    for (const { answer } of this.#pending.values()) answer.reject(this.#lost);
    this.#closed.resolve();
  }

  #send(message: ToWorker, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}

const startWebWorker: StartThread = (module, hear, fail) => {
  const worker = new Worker(module, { type: "module" });
  worker.addEventListener("message", ({ data }) => hear(data));
  worker.addEventListener("error", (event) => {
    // Else the fault would end this thread, too.
    event.preventDefault();
    fail(event.message);
  });
  return worker;
};
