import type { BatchOrder } from "./batch_worker.ts";
import type { Batch } from "./dataset.ts";
import type { PatchRecipe } from "./recipe.ts";

/** More would outrun any adapter. */
const MOST_WORKERS = 4;

/** A worker and the batches that it owes, in the order of their making. */
interface Crew {
  readonly worker: Worker;
  readonly owed: PromiseWithResolvers<Batch>[];
  /** What it ended by, where it has. */
  fault?: Error;
}

/** Makes batches beside this thread, which is the GPU's: a batch in each worker. */
export class BatchWorkers {
  readonly #crew: readonly Crew[];

  /** Leaves a core to this thread where it can. */
  constructor() {
    const count = Math.max(1, Math.min(MOST_WORKERS, navigator.hardwareConcurrency - 1));
    this.#crew = Array.from({ length: count }, startWorker);
  }

  /** How many batches are made at a time. */
  get count(): number {
    return this.#crew.length;
  }

  /** Makes a batch; its slices must lie in shared memory, or they are copied. */
  async make(size: number, patches: readonly PatchRecipe[]): Promise<Batch> {
    const crew = this.#crew.reduce((a, b) => b.owed.length < a.owed.length ? b : a);
    const { worker, owed, fault } = crew;
    if (fault) throw fault;
    const batch = Promise.withResolvers<Batch>();
    owed.push(batch);
    worker.postMessage({ size, patches } satisfies BatchOrder);
    return await batch.promise;
  }

  /** Ends the workers; nothing may be owed any more. */
  close(): void {
    for (const { worker } of this.#crew) worker.terminate();
  }
}

function startWorker(): Crew {
  const worker = new Worker(new URL("./batch_worker.ts", import.meta.url), { type: "module" });
  const crew: Crew = { worker, owed: [] };
  worker.onmessage = ({ data }: MessageEvent<Batch>) => crew.owed.shift()?.resolve(data);
  worker.onerror = (event) => {
    // Else the fault would end this thread, too.
    event.preventDefault();
    crew.fault = new Error(`A worker that makes batches failed: ${event.message}`);
    for (const { reject } of crew.owed.splice(0)) reject(crew.fault);
  };
  return crew;
}
