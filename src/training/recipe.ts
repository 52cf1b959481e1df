import type { IntensityWindow } from "../stack/intensity_window.ts";
import { normalize } from "../stack/normalizer.ts";
import type { Samples } from "../stack/stack.ts";
import { applyIntensities, type Intensities } from "./augment.ts";
import type { Batch } from "./patch_batch.ts";
import { type Cut, cutPatch, type PlaneSides } from "./patch.ts";

/** All that makes one example of a batch, as plain data that a worker can be sent. */
export interface PatchRecipe {
  /** Before, truth and after. */
  readonly slices: readonly Samples[];
  readonly sides: PlaneSides;
  readonly cut: Cut;
  readonly window: IntensityWindow;
  readonly intensities: Intensities;
  /** Exchanges before and after. */
  readonly swap: boolean;
  /** Where the truth lies, before it is swapped. */
  readonly dpm: number;
}

/** Cuts the patches of a batch, `size` x `size` each, and changes them as they say. */
export function makeBatch(size: number, patches: readonly PatchRecipe[]): Batch {
  const area = size * size;
  const count = patches.length;
  const planes = () => new Float32Array(count * area);
  const batch = { before: planes(), after: planes(), truth: planes() };
  patches.forEach(({ slices, sides, cut, window, intensities, swap }, k) => {
    const { before, truth, after } = batch;
    const places = (swap ? [after, truth, before] : [before, truth, after])
      .map((all) => all.subarray(k * area, (k + 1) * area));
    places.forEach((patch, i) => {
      cutPatch(slices[i], sides, cut, size, patch);
      normalize(patch, window, patch);
    });
    applyIntensities(places, intensities);
  });
  const dpm = Float32Array.from(patches, ({ swap, dpm }) => swap ? 1 - dpm : dpm);
  return { ...batch, dpm, size, count };
}
