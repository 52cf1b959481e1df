import type { Batch } from "./patch_batch.ts";

/** Whatever gives the batches of a training; batch(e, i) is always the same. */
export interface BatchSource {
  readonly batchesPerEpoch: number;
  /** How many batches are worth asking for at a time; 1 by default. */
  readonly ahead?: number;
  batch(epoch: number, index: number): Promise<Batch>;
}

/** A source that prepares batches ahead. */
export interface PrefetchingSource extends BatchSource {
  /** Waits for the batches being prepared, so that their stacks can be closed. Never throws. */
  settle(): Promise<void>;
}

/**
 * Prepares the batches after the one asked for, while the GPU works on that one. What they fail
 * with is thrown when they are asked for.
 */
export function prefetch(source: BatchSource): PrefetchingSource {
  const { batchesPerEpoch, ahead = 1 } = source;
  let prepared = new Map<number, Promise<Batch>>();
  const prepare = (step: number) => {
    const batch = later(() => atStep(source, step));
    // It is awaited when it is asked for, but may fail before: then it must not count as unhandled.
    batch.catch(() => {});
    return batch;
  };
  return {
    batchesPerEpoch,
    async batch(epoch, index) {
      const step = epoch * batchesPerEpoch + index;
      const batch = await (prepared.get(step) ?? source.batch(epoch, index));
      const next = Array.from({ length: ahead }, (_, i) => step + 1 + i);
      prepared = new Map(next.map((step) => [step, prepared.get(step) ?? prepare(step)]));
      return batch;
    },
    async settle() {
      await Promise.allSettled(prepared.values());
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
