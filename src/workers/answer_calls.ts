import type { FromWorker, ToWorker } from "./messages.ts";
import { packError } from "./packed_error.ts";

/** What a handler is told besides its argument. */
export interface CallContext<Progress = never> {
  /** Aborted when who called wants no answer any more. */
  readonly signal: AbortSignal;
  /** Tells who called how far the work is. */
  progress(progress: Progress): void;
  /** Has arrays of the answer move to who called: copying them would take time for nothing. */
  move(...arrays: ArrayBufferView<ArrayBuffer>[]): void;
}

/** Calls by name, as a worker answers them. What they throw is thrown where they were called. */
export type Handlers = Readonly<
  Record<string, (argument: never, context: CallContext<never>) => unknown>
>;

/**
 * Answers calls in this worker from now on, each as soon as it is done. `close` frees what the worker
 * holds when who started it closes it.
 */
export function answerCalls(handlers: Handlers, close: () => unknown = () => {}): void {
  const underWay = new Map<number, AbortController>();

  const answer = async ({ id, name, argument }: Extract<ToWorker, { type: "call" }>) => {
    const controller = new AbortController();
    const moved = new Set<ArrayBuffer>();
    const context: CallContext<unknown> = {
      signal: controller.signal,
      progress: (progress) => send({ type: "progress", id, progress }),
      move: (...arrays) => arrays.forEach(({ buffer }) => moved.add(buffer)),
    };
    underWay.set(id, controller);
    try {
      const value = await handlers[name](argument as never, context as CallContext<never>);
      send({ type: "answer", id, value }, [...moved]);
    } catch (error) {
      send({ type: "error", id, error: packError(error) });
    } finally {
      underWay.delete(id);
    }
  };

  const end = async () => {
    try {
      await close();
    } finally {
      send({ type: "closed" });
      self.close();
    }
  };

  self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
    if (data.type === "cancel") underWay.get(data.id)?.abort();
    else if (data.type === "close") void end();
    // A call that nobody knows is a fault of ours, and ends the worker.
    else if (!(data.name in handlers)) throw new Error(`The worker knows no call ${data.name}`);
    else void answer(data);
  });
}

function send(message: FromWorker, moved: ArrayBuffer[] = []): void {
  // The library of types has a window's postMessage here, not a worker's.
  (self as unknown as Worker).postMessage(message, moved);
}
