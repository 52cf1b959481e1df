import { makeBatch, type PatchRecipe } from "./recipe.ts";

/** A batch to make. */
export interface BatchOrder {
  readonly size: number;
  readonly patches: readonly PatchRecipe[];
}

self.onmessage = ({ data: { size, patches } }: MessageEvent<BatchOrder>) => {
  const batch = makeBatch(size, patches);
  const { before, after, truth, dpm } = batch;
  // The library of types has a window's postMessage here, not a worker's.
  (self as unknown as Worker).postMessage(
    batch,
    [before, after, truth, dpm].map(({ buffer }) => buffer),
  );
};
