import type { Format } from "../gpu/storage_format.ts";

/** What of a device bounds a network's batches. */
export interface DeviceMemory {
  readonly memoryLimit: number;
  readonly maxBindingSize: number;
  readonly readsTextures: boolean;
  /** In which the network's features are kept. */
  readonly precision: Format;
}

/**
 * Bytes of the largest tensor per pixel: the refinement's features at half of the size, 96 channels,
 * and in halves as much as what it begins with, 9 channels in float32.
 */
const LARGEST_TENSOR = { f32: 96, f16: 48 };
/**
 * Bytes of all buffers, the pool's idle ones included: per pixel, and for the weights in their
 * orders. 1,287 MiB were measured at 752 x 752 where textures repeat the values, and 1,057 with
 * features in halves. A limit below what a pass needs would have buffers freed and made again within
 * it, which costs more than it saves: drivers give memory back late.
 */
const PEAK_PER_PIXEL = { f32: 880, f16: 736 };
const PEAK_FIXED = { f32: 256 * 2 ** 20, f16: 144 * 2 ** 20 };

/** Bytes on a device at the peak of a batch of planes of height x width. */
export function networkPeakBytes(
  { readsTextures, precision }: DeviceMemory,
  batch: number,
  height: number,
  width: number,
): number {
  const bytes = PEAK_FIXED[precision] + batch * height * width * PEAK_PER_PIXEL[precision];
  return readsTextures ? 2 * bytes : bytes;
}

/** True where a batch of planes of this size fits a device's memory and binding limits. */
export function networkFits(
  memory: DeviceMemory,
  batch: number,
  height: number,
  width: number,
): boolean {
  const largest = batch * height * width * LARGEST_TENSOR[memory.precision];
  return largest <= memory.maxBindingSize &&
    networkPeakBytes(memory, batch, height, width) <= memory.memoryLimit;
}
