import { InputError } from "../errors.ts";
import { WorkerCalls } from "../workers/worker_calls.ts";
import type {
  BrowserAdapter,
  LocalProgress,
  LocalRequest,
  LocalResult,
} from "./engine_messages.ts";
import type { EngineCalls } from "./engine_worker.ts";

/** The engine in a worker of the page, so that the page stays alive while it computes. */
export class LocalEngine {
  readonly #worker = new WorkerCalls<EngineCalls>(new URL("engine_worker.js", document.baseURI));

  /** The adapters that this browser offers, the preferred one first; none without WebGPU. */
  async adapters(): Promise<readonly BrowserAdapter[]> {
    return await this.#worker.call("adapters").catch(inFull);
  }

  /** A stack that nobody photographed, as a TIFF. */
  async sample(): Promise<Blob> {
    return await this.#worker.call("sample").catch(inFull);
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
    return await this.#worker.call("predict", request, { signal, onProgress }).catch((error) => {
      signal.throwIfAborted();
      return inFull(error);
    });
  }
}

/** A fault is shown with its kind, which helps who reports it. */
function inFull(error: Error): never {
  if (error instanceof InputError) throw error;
  throw new Error(`The engine of this page failed: ${error.name}: ${error.message}`);
}
