import { SaidError } from "./labels.ts";
import type {
  BrowserAdapter,
  FromWorker,
  LocalProgress,
  LocalRequest,
  LocalResult,
  ToWorker,
} from "./engine_messages.ts";

/** The engine in a worker of the page, so that the page stays alive while it computes. */
export class LocalEngine {
  readonly #worker = new Worker(new URL("engine_worker.js", document.baseURI), { type: "module" });

  /** The adapters that this browser offers, the preferred one first; none without WebGPU. */
  async adapters(): Promise<readonly BrowserAdapter[]> {
    const { adapters } = await this.#ask("adapters", { type: "adapters" });
    return adapters;
  }

  /** A stack that nobody photographed, as a TIFF. */
  async sample(): Promise<Blob> {
    return (await this.#ask("sample", { type: "sample" })).stack;
  }

  /**
   * Predicts a stack, one at a time; nothing leaves the computer. Throws what is wrong in one
   * sentence, and the signal's reason when it is aborted.
   */
  async predict(
    request: LocalRequest,
    signal: AbortSignal,
    onProgress: (progress: LocalProgress) => void,
  ): Promise<LocalResult> {
    const cancel = () => this.#send({ type: "cancel" });
    signal.addEventListener("abort", cancel);
    try {
      const ask = { type: "predict", request } as const;
      return (await this.#ask("predicted", ask, onProgress, signal)).result;
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #ask<T extends FromWorker["type"]>(
    type: T,
    question: ToWorker,
    onProgress?: (progress: LocalProgress) => void,
    signal?: AbortSignal,
  ): Promise<Extract<FromWorker, { type: T }>> {
    return new Promise((resolve, reject) => {
      const end = new AbortController();
      const finish = (settle: () => void) => {
        end.abort();
        settle();
      };
      this.#worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
        if (data.type === "progress") onProgress?.(data.progress);
        else if (data.type === type) {
          finish(() => resolve(data as Extract<FromWorker, { type: T }>));
        } else if (data.type === "cancelled") finish(() => reject(signal?.reason));
        else if (data.type === "failed") finish(() => reject(new SaidError(data.said)));
      }, { signal: end.signal });
      this.#worker.addEventListener("error", (event) => {
        event.preventDefault();
        finish(() => reject(new Error(`The engine of this page failed: ${event.message}`)));
      }, { signal: end.signal });
      this.#send(question);
    });
  }
}
