import { InputError, type Message } from "../core.ts";

/** A worker is gone: its thread ended by a fault. */
export class WorkerLostError extends Error {
  override name = "WorkerLostError";
}

/** What is asked of a worker. */
interface Call {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

/** What it answers. */
type Answer =
  & { readonly id: number }
  & ({ readonly value: unknown } | { readonly error: SentError });

/** An error as messages carry it. */
interface SentError {
  readonly name: string;
  readonly message: string;
  /** Of an InputError, and of what is derived from it. */
  readonly said?: Message;
}

/** Calls by name that a worker answers; what is thrown goes back to who called. */
// deno-lint-ignore no-explicit-any
export type Handlers = Readonly<Record<string, (argument: any) => unknown>>;

/** Answers calls in this worker from now on, each as soon as it is done. */
export function answerCalls(handlers: Handlers): void {
  const answer = async ({ id, name, argument }: Call): Promise<Answer> => {
    try {
      return { id, value: await handlers[name](argument) };
    } catch (error) {
      const { name, message } = error as Error;
      const said = error instanceof InputError ? error.said : undefined;
      return { id, error: { name, message, said } };
    }
  };
  self.onmessage = async ({ data }: MessageEvent<Call>) => {
    // Outside the try: a call that nobody knows is a fault of ours, and ends the worker.
    if (!handlers[data.name]) throw new Error(`The worker knows no call ${data.name}`);
    const message = await answer(data);
    const transfer = "value" in message ? buffersOf(message.value) : [];
    // The library of types has a window's postMessage here, not a worker's.
    (self as unknown as Worker).postMessage(message, transfer);
    if (data.name === "close") self.close();
  };
}

/** Arrays of samples move to the caller; copying them would take time for nothing. */
function buffersOf(value: unknown): ArrayBuffer[] {
  const values = Array.isArray(value) ? value : Object.values(value ?? {});
  return values.flatMap((item) =>
    Array.isArray(item) ? buffersOf(item) : ArrayBuffer.isView(item) ? [item.buffer] : []
  ) as ArrayBuffer[];
}

/** An InputError is one here, too; others are known by their name. */
function received({ name, message, said }: SentError): Error {
  return said !== undefined ? new InputError(said) : Object.assign(new Error(message), { name });
}

/** A worker that answers calls, seen from who calls. */
export class WorkerCalls {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #calls = 0;
  #lost?: WorkerLostError;

  constructor(module: URL) {
    this.#worker = new Worker(module, { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      const { resolve, reject } = this.#waiting.get(data.id)!;
      this.#waiting.delete(data.id);
      if ("value" in data) resolve(data.value);
      else reject(received(data.error));
    };
    this.#worker.onerror = (event) => {
      // Else the fault would end this thread, too.
      event.preventDefault();
      this.#lost = new WorkerLostError(event.message);
      for (const { reject } of this.#waiting.values()) reject(this.#lost);
      this.#waiting.clear();
    };
  }

  /** Calls a handler by its name. Throws what it throws, or a WorkerLostError. */
  async call<T>(name: string, argument?: unknown): Promise<T> {
    if (this.#lost) throw this.#lost;
    const waiting = Promise.withResolvers<unknown>();
    const id = this.#calls++;
    this.#waiting.set(id, waiting);
    this.#worker.postMessage({ id, name, argument } satisfies Call);
    return await waiting.promise as T;
  }

  /** Ends a worker that holds no device, whatever it is doing. */
  terminate(): void {
    this.#worker.terminate();
  }

  /** Lets the worker close its device and end; one that is lost has ended. */
  async close(): Promise<void> {
    await this.call("close").catch(() => {});
  }
}
