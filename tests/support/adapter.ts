import { settleDriver } from "../../src/files/choose_adapter.ts";
import { type AdapterInfo, listAdapters } from "../../src/gpu/adapters.ts";

/** The adapter that tests run on. */
export async function testAdapter(): Promise<AdapterInfo> {
  settleDriver();
  const adapters = await listAdapters();
  if (adapters.length === 0) throw new Error("No WebGPU adapter: scripts/setup.sh installs one");
  return adapters[0];
}

/** The adapter, and the driver's own handle of the device that is opened on it. */
export async function spiedAdapter(): Promise<{ adapter: AdapterInfo; gpu: () => GPUDevice }> {
  const adapter = await testAdapter();
  let opened: GPUDevice | undefined;
  const gpuAdapter = new Proxy(adapter.gpuAdapter, {
    get(target, key) {
      if (key !== "requestDevice") return Reflect.get(target, key, target);
      return async (descriptor: GPUDeviceDescriptor) =>
        opened = await target.requestDevice(descriptor);
    },
  });
  return { adapter: { ...adapter, gpuAdapter }, gpu: () => opened! };
}
