import type { AdapterInfo } from "../gpu/adapters.ts";
import { DEFAULT_MEMORY_LIMIT, type Device } from "../gpu/device.ts";
import type { TrainingSettings } from "./settings.ts";

const MIB = 2 ** 20;
/** Weights, packed and transformed weights, gradients and Adam's memory (measured). */
const FIXED = { generator: 270 * MIB, critic: 400 * MIB };
/** Saved tensors and temporaries of a patch of 256 x 256 at the peak (measured). */
const PER_PATCH = { generator: 405 * MIB, critic: 60 * MIB };
const PATCH_AREA = 256 ** 2;
/** What the textures add that mirror buffers, where kernels read through them (1.97 was measured). */
const WITH_TEXTURES = 2;

/** A software adapter's memory is the machine's, of which there is more than a small card has. */
export const SOFTWARE_TRAINING_MEMORY = 4 * DEFAULT_MEMORY_LIMIT;

/** Bytes that a training may use on an adapter where nobody says. */
export function trainingMemory({ type }: Pick<AdapterInfo, "type">): number {
  return type === "software" ? SOFTWARE_TRAINING_MEMORY : DEFAULT_MEMORY_LIMIT;
}

type Sizes = Pick<TrainingSettings, "patchSize" | "lambdaAdv">;
type Memory = Pick<Device, "readsTextures" | "memoryLimit">;

/** Bytes of device memory at the peak of a step with this many patches at once. */
export function trainingPeakBytes(
  { readsTextures }: Memory,
  sizes: Sizes,
  patches: number,
): number {
  const networks = sizes.lambdaAdv > 0 ? ["generator", "critic"] as const : ["generator"] as const;
  const area = sizes.patchSize ** 2 / PATCH_AREA;
  const bytes = networks
    .map((network) => FIXED[network] + patches * area * PER_PATCH[network])
    .reduce((a, b) => a + b);
  return readsTextures ? WITH_TEXTURES * bytes : bytes;
}

/**
 * The most patches, at least one, whose peak stays within the device's memory: the whole batch, or a
 * power of two, so that on other devices a batch of a power of two is trained on to the same bits.
 */
export function fittingMicroBatch(memory: Memory, sizes: Sizes, batchSize: number): number {
  const fits = (patches: number) => trainingPeakBytes(memory, sizes, patches) <= memory.memoryLimit;
  if (fits(batchSize)) return batchSize;
  let patches = 1;
  while (2 * patches < batchSize && fits(2 * patches)) patches *= 2;
  return patches;
}
