import { listAdapters } from "../../src/gpu/adapters.ts";
import { settleDriver } from "../../src/cli/devices.ts";
import { Device, type DeviceOptions } from "../../src/gpu/device.ts";

let device: Promise<Device> | undefined;

/** One device for all tests of a file; Deno runs each file in a worker of its own. */
export function testDevice(): Promise<Device> {
  return device ??= open();
}

/** A device of the test's own, to be closed by it. */
export async function openTestDevice(options?: DeviceOptions): Promise<Device> {
  return await open(options);
}

async function open(options?: DeviceOptions): Promise<Device> {
  settleDriver();
  const adapters = await listAdapters();
  if (adapters.length === 0) throw new Error("No WebGPU adapter: scripts/setup.sh installs one");
  return Device.open(adapters[0], options);
}
