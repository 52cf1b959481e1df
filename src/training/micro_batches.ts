import { Tensor } from "../autograd/tensor.ts";
import type { Device } from "../gpu/device.ts";
import { randomNumbers } from "../random.ts";
import type { GeneratorInput } from "../zaugnet/generator.ts";
import type { Batch } from "./patch_batch.ts";
import type { TrainingSettings } from "./settings.ts";

/** The part of a batch that is on the device at once. */
export interface MicroBatch {
  readonly input: GeneratorInput;
  readonly truth: Tensor;
  /** How the critic's penalty mixes true and predicted slices, a number a sample. */
  readonly alpha: Tensor;
  /** Its share of the batch. */
  readonly weight: number;
}

/** Uploads a batch of the step `index` in micro-batches. */
export function uploadMicroBatches(
  device: Device,
  { microBatch, seed }: TrainingSettings,
  { before, after, truth, dpm, size, count, share = { from: 0, of: count } }: Batch,
  index: number,
): MicroBatch[] {
  const area = size * size;
  // A sample's number is the same whichever part of the batch it is in.
  const random = randomNumbers(seed, "alpha", index);
  const alpha = Float32Array.from({ length: share.of }, () => random.uniform())
    .subarray(share.from);
  return Array.from({ length: Math.ceil(count / microBatch) }, (_, part) => {
    const from = part * microBatch;
    const n = Math.min(microBatch, count - from);
    const planes = (values: Float32Array) =>
      Tensor.from(device, [n, 1, size, size], values.subarray(from * area, (from + n) * area));
    const scalars = (values: Float32Array) =>
      Tensor.from(device, [n, 1, 1, 1], values.subarray(from, from + n));
    return {
      input: { before: planes(before), after: planes(after), dpm: scalars(dpm) },
      truth: planes(truth),
      alpha: scalars(alpha),
      weight: n / share.of,
    };
  });
}
