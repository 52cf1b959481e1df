import type { Batch } from "./dataset.ts";

/** Whatever gives the batches of a training; batch(e, i) is always the same. */
export interface BatchSource {
  readonly batchesPerEpoch: number;
  batch(epoch: number, index: number): Promise<Batch>;
}

/** A source that prepares one batch ahead. */
export interface PrefetchingSource extends BatchSource {
  /** Waits for the batch being prepared, so that its stacks can be closed. Never throws. */
  settle(): Promise<void>;
}

/**
 * Prepares the batch after the one asked for, while the GPU works on that one. What it fails with
 * is thrown when that batch is asked for.
 */
export function prefetch(source: BatchSource): PrefetchingSource {
  const { batchesPerEpoch } = source;
  let next: { readonly step: number; readonly batch: Promise<Batch> } | undefined;
  return {
    batchesPerEpoch,
    async batch(epoch, index) {
      const step = epoch * batchesPerEpoch + index;
      const prepared = next?.step === step ? next.batch : undefined;
      next = undefined;
      const batch = await (prepared ?? source.batch(epoch, index));
      next = { step: step + 1, batch: later(() => atStep(source, step + 1)) };
      // It is awaited above, but may fail before that: then it must not count as unhandled.
      next.batch.catch(() => {});
      return batch;
    },
    async settle() {
      await next?.batch.catch(() => {});
    },
  };
}

function atStep(source: BatchSource, step: number): Promise<Batch> {
  const { batchesPerEpoch } = source;
  return source.batch(Math.floor(step / batchesPerEpoch), step % batchesPerEpoch);
}

/** Starts once the caller waits for something: by then it has given the GPU its work. */
async function later<T>(work: () => Promise<T>): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  return await work();
}
