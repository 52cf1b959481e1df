import { leastBusy } from "../workers/least_busy.ts";
import { WorkerCalls } from "../workers/worker_calls.ts";
import type { Batch } from "./patch_batch.ts";
import type { BatchCalls } from "./batch_worker.ts";
import type { PatchRecipe } from "./recipe.ts";

/** More would outrun any adapter. */
const MOST_WORKERS = 4;

/** Makes batches beside this thread, which is the GPU's: a batch in each worker. */
export class BatchWorkers {
  readonly #workers: readonly WorkerCalls<BatchCalls>[];

  /** Leaves a core to this thread where it can. */
  constructor() {
    const count = Math.max(1, Math.min(MOST_WORKERS, navigator.hardwareConcurrency - 1));
    const module = new URL("./batch_worker.ts", import.meta.url);
    this.#workers = Array.from({ length: count }, () => new WorkerCalls<BatchCalls>(module));
  }

  /** How many batches are made at a time. */
  get count(): number {
    return this.#workers.length;
  }

  /** Makes a batch; its slices must lie in shared memory, or they are copied. */
  async make(size: number, patches: readonly PatchRecipe[]): Promise<Batch> {
    const worker = leastBusy(this.#workers, ({ pending }) => pending);
    return await worker.call("make", { size, patches });
  }

  /** Ends the workers. */
  close(): void {
    for (const worker of this.#workers) worker.terminate();
  }
}
