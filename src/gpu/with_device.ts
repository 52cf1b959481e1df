import { listAdapters } from "./adapters.ts";
import { Device } from "./device.ts";
import { GpuError } from "./gpu_errors.ts";

/**
 * Works on the device that is given, or on the preferred adapter, opened for that long. Throws a
 * GpuError where there is no adapter.
 */
export async function withDevice<T>(
  given: Device | undefined,
  work: (device: Device) => Promise<T>,
): Promise<T> {
  if (given) return await work(given);
  const [adapter] = await listAdapters();
  if (!adapter) {
    const place = { adapter: "no adapter", operation: "start" };
    throw new GpuError("WebGPU finds no adapter: install the Vulkan driver of your GPU", place);
  }
  const device = await Device.open(adapter);
  try {
    return await work(device);
  } finally {
    device.close();
  }
}
