import { answerCalls, type CallContext } from "../workers/answer_calls.ts";
import type { Batch } from "./patch_batch.ts";
import { makeBatch, type PatchRecipe } from "./recipe.ts";

/** A batch to make. */
export interface BatchOrder {
  readonly size: number;
  readonly patches: readonly PatchRecipe[];
}

const calls = {
  make({ size, patches }: BatchOrder, { move }: CallContext): Batch {
    const batch = makeBatch(size, patches);
    move(batch.before, batch.after, batch.truth, batch.dpm);
    return batch;
  },
};

/** What a worker that makes batches answers. */
export type BatchCalls = typeof calls;

answerCalls(calls);
