import { carriedOver } from "../io/carried_over.ts";
import { sourcesOf } from "./resample.ts";
import type { Device } from "../gpu/device.ts";
import type { Format } from "../gpu/storage_format.ts";
import { withDevice } from "../gpu/with_device.ts";
import { bytesSource } from "../io/byte_source.ts";
import { openStack } from "../io/tiff_reader.ts";
import { collectStack, type Stack } from "../stack/memory_stack.ts";
import { type NormalizationOptions, normalizerFor } from "../stack/normalizer.ts";
import type { StackReader } from "../stack/stack.ts";
import type { Model } from "../zaugnet/model.ts";
import { fitCompletion } from "./calibration.ts";
import { NetworkInterpolator } from "./network_interpolator.ts";
import { planPrediction, type PredictionOptions } from "./plan.ts";
import { predictSlices } from "./predict.ts";
import type { Progress } from "./progress.ts";

/** What {@link upsample} takes besides a stack. */
export interface UpsampleOptions
  extends
    PredictionOptions,
    Pick<NormalizationOptions, "normalization" | "per" | "range" | "percentiles"> {
  readonly model: Model;
  /** What computes; by default the preferred adapter, opened for this call alone. */
  readonly device?: Device;
  /** Of features: "f32" by default; "f16" takes less memory where the adapter has shader-f16. */
  readonly precision?: Format;
  /** Ends the prediction between two batches; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Called after each batch. */
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Predicts the slices that a stack lacks: a TIFF's bytes or a reader in, the whole stack out, its
 * originals bit for bit. `factor` parts of each gap (2 by default), or `dpm` or `spacing` with a
 * ZAugNet+ (paper, section 4.2.1). Slices are calibrated where the model carries a map
 * (docs/calibration.md). For results that memory does not hold, the command line
 * streams. Throws an InputError for a stack, a model or options that do not go together.
 */
export async function upsample(
  stack: Uint8Array<ArrayBuffer> | StackReader,
  options: UpsampleOptions,
): Promise<Stack> {
  const { model, signal, onProgress } = options;
  const { normalization, per, range, percentiles } = options;
  const reader = stack instanceof Uint8Array ? await openStack(bytesSource(stack)) : stack;
  return await withDevice(options.device, async (device) => {
    const network = new NetworkInterpolator(device, model, options.precision);
    try {
      const plan = planPrediction(reader.info, network, options);
      const normalizer = await normalizerFor(reader, {
        normalization,
        per,
        range,
        percentiles,
        signal,
      });
      const made = { ...plan.metadata, ...normalizer.describe() };
      const info = {
        ...reader.info,
        sizes: plan.sizes,
        voxelSize: plan.voxelSize,
        kept: carriedOver(reader.info, sourcesOf(plan.slices)),
        extras: Object.fromEntries(
          Object.entries(made).map(([key, value]) => [`zaugnet.${key}`, value]),
        ),
        notes: [...reader.info.notes, ...plan.notes],
      };
      const run = { normalizer, signal, onProgress };
      const completion = await fitCompletion(reader, network, plan, run);
      const slices = predictSlices(reader, network, plan, { ...run, completion });
      return await collectStack(reader.name, info, slices);
    } finally {
      network.dispose();
    }
  });
}
