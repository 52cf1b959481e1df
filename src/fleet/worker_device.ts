import { Device, listAdapters } from "../core.ts";
import type { AdapterFacts } from "./cards.ts";

/** How a worker opens its device. */
export interface OpenOptions {
  /** The adapter's name and vendor, as it was seen before. */
  readonly card: Pick<AdapterFacts, "name" | "vendor">;
  readonly memoryLimit?: number;
  /** As another worker of the same card measured: alike, they compute the same bits. */
  readonly readsTextures?: boolean;
  /** Kernels to take there; those of the rules where not given. */
  readonly kernelChoices?: Device["kernelChoices"];
}

/** What this worker's driver shows; called first, it settles which driver that is. */
export async function adapterFacts(): Promise<AdapterFacts[]> {
  return (await listAdapters()).map(({ gpuAdapter, index: _, ...facts }) => ({
    ...facts,
    device: gpuAdapter.info.device,
  }));
}

/** Opens the device of a card in this worker. */
export async function openCard(
  { card, kernelChoices = new Map(), ...options }: OpenOptions,
): Promise<Device> {
  const adapters = await listAdapters();
  const found = adapters.find(({ name, vendor }) => name === card.name && vendor === card.vendor);
  if (found) {
    const device = await Device.open(found, options);
    device.kernelChoices = kernelChoices;
    return device;
  }
  const seen = adapters.map(({ name }) => name).join(", ") || "none";
  throw new Error(`The worker for ${card.name} sees other adapters: ${seen}`);
}
