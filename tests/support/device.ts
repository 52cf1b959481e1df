import { Device, type DeviceOptions } from "../../src/gpu/device.ts";
import { testAdapter } from "./adapter.ts";

let device: Promise<Device> | undefined;

/** One device for all tests of a file; Deno runs each file in a worker of its own. */
export function testDevice(): Promise<Device> {
  return device ??= openTestDevice();
}

/** A device of the test's own, to be closed by it. */
export async function openTestDevice(options?: DeviceOptions): Promise<Device> {
  return Device.open(await testAdapter(), options);
}
