import { type Device, type DispatchTime, InputError, sumByLabel } from "../core.ts";
import { writeWhole } from "../files/local_files.ts";
import { say } from "./terminal.ts";

const SHOWN_KERNELS = 8;

/** Times every dispatch of a device from now on; throws an InputError where it can't. */
export function startProfile(device: Device): void {
  if (!device.adapter.features.includes("timestamp-query")) {
    throw new InputError(
      `${device.adapter.name} has no timestamp queries: leave out --profile.`,
    );
  }
  device.startProfile();
}

/** Writes the timeline, for Perfetto or chrome://tracing, and says which kernels took longest. */
export async function endProfile(device: Device, path: string): Promise<void> {
  const times = await device.stopProfile();
  await writeWhole(path, new TextEncoder().encode(JSON.stringify(traceOf(times))));
  const kernels = sumByLabel(times.map((time) => ({ ...time, label: kernelOf(time) })));
  const total = kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  say(`Profile: ${times.length} dispatches, ${total.toFixed(0)} ms on the device, in ${path}.`);
  for (const { label, dispatches, milliseconds } of kernels.slice(0, SHOWN_KERNELS)) {
    const share = (100 * milliseconds / total).toFixed(0).padStart(4);
    say(`${share} %  ${label} (${milliseconds.toFixed(0)} ms, ${dispatches} dispatches)`);
  }
}

/** Chrome's trace format: complete events, microseconds. */
export function traceOf(times: readonly DispatchTime[]): object {
  const traceEvents = times.map((time) => ({
    name: kernelOf(time),
    cat: "kernel",
    ph: "X",
    pid: 1,
    tid: 1,
    ts: 1000 * time.start,
    dur: 1000 * (time.end - time.start),
    args: { operation: time.label.slice(kernelOf(time).length + 2) },
  }));
  return { traceEvents, displayTimeUnit: "ms" };
}

function kernelOf({ label }: DispatchTime): string {
  return label.split(":", 1)[0];
}
