import process from "node:process";
import { listAdapters } from "../src/gpu/adapters.ts";
import { Device } from "../src/gpu/device.ts";
import type { SliceRequest } from "../src/prediction/interpolator.ts";
import type { NetworkInterpolator } from "../src/prediction/network_interpolator.ts";
import { appendResults, commit, honestMilliseconds, type ResultLine } from "./results.ts";

/** What is measured. */
export interface Measurement {
  readonly name: string;
  /** A slower way to the same result, measured in the same run: its name. */
  readonly plain?: string;
  /** Floating-point operations of one operation, where they are counted. */
  readonly flop?: number;
  /** Bytes that one operation has to move at least: inputs, weights and results once. */
  readonly movedBytes?: number;
  /** Operations in one call of `work`. */
  readonly operations: number;
  /** Slices that one operation predicts. */
  readonly slices?: number;
  /** Patches that one operation trains on. */
  readonly samples?: number;
  /** Does the operations and waits for them. */
  work(): Promise<unknown>;
}

interface Best {
  milliseconds: number;
  cpuMilliseconds: number;
  peakBytes: number;
}

/** Opens the preferred adapter's device. */
export async function openBenchDevice(): Promise<Device> {
  // As src/files/choose_adapter.ts does, which needs npm's packages.
  if (Deno.build.os === "linux") {
    const defaults = { DENO_WEBGPU_BACKEND: "vulkan", XDG_RUNTIME_DIR: "/tmp" };
    for (const [name, value] of Object.entries(defaults)) {
      if (!Deno.env.has(name)) Deno.env.set(name, value);
    }
  }
  const [adapter] = await listAdapters();
  if (!adapter) throw new Error("No WebGPU adapter: scripts/setup.sh installs one");
  const memoryLimit = (adapter.type === "gpu" ? 16 : 4) * 2 ** 30;
  return Device.open(adapter, { memoryLimit });
}

/** Predicts a batch this many times, as many under way at once as a prediction of a stack has. */
export async function interpolateInTurn(
  network: NetworkInterpolator,
  requests: readonly SliceRequest[],
  side: number,
  times: number,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  for (let i = 0; i < times; i++) {
    const call: Promise<void> = network.interpolate(requests, side, side)
      .then(() => void underWay.delete(call));
    underWay.add(call);
    if (underWay.size >= network.calls) await Promise.race(underWay);
  }
  await Promise.all(underWay);
}

/**
 * Takes separate measurements on a device while `deno bench` runs them: that knows no CPU time
 * and hands its numbers to nobody but its table.
 */
export class BenchRecorder {
  readonly #best = new Map<string, Best>();
  readonly #measurements: Measurement[] = [];
  readonly #device: Device;

  /** The result lines are written when the benches of the file are done. */
  constructor(device: Device) {
    this.#device = device;
    globalThis.addEventListener("unload", () => this.#write());
  }

  /** Registers a measurement with `deno bench`, whose own table times calls of `work`. */
  add(measurement: Measurement, options: { group: string; baseline: boolean; n: number }): void {
    this.#measurements.push(measurement);
    const { name, operations } = measurement;
    const title = operations > 1 ? `${name} x${operations}` : name;
    Deno.bench(title, { ...options, warmup: 1 }, async () => {
      // An async function: deno bench does not wait for a promise that any other one returns.
      await this.#sample(measurement);
    });
  }

  async #sample({ name, operations, work }: Measurement): Promise<void> {
    this.#device.resetPeak();
    const cpuBefore = process.cpuUsage();
    const before = performance.now();
    await work();
    const milliseconds = (performance.now() - before) / operations;
    const { user, system } = process.cpuUsage(cpuBefore);
    const cpuMilliseconds = (user + system) / 1000 / operations;
    const { peakBytes } = this.#device;
    const last = this.#best.get(name) ?? { milliseconds, cpuMilliseconds, peakBytes };
    this.#best.set(name, {
      milliseconds: Math.min(milliseconds, last.milliseconds),
      cpuMilliseconds: Math.min(cpuMilliseconds, last.cpuMilliseconds),
      // The latest alone: the first sample also holds what only the preparation needed.
      peakBytes,
    });
  }

  #write(): void {
    const { name: adapter, type } = this.#device.adapter;
    const facts = { date: new Date().toISOString(), commit: commit(), adapter, type };
    const lines = this.#measurements.flatMap((measurement): ResultLine[] => {
      const { name, flop, movedBytes, slices, samples } = measurement;
      const best = this.#best.get(name);
      if (!best) return [];
      const plain = this.#best.get(measurement.plain ?? "");
      const honest = honestMilliseconds({ type, ...best });
      const ratio = plain && honestMilliseconds({ type, ...plain }) / honest;
      return [{
        ...facts,
        name,
        milliseconds: rounded(best.milliseconds),
        cpuMilliseconds: rounded(best.cpuMilliseconds),
        gflops: flop && rounded(flop / best.milliseconds / 1e6),
        movedBytes,
        ratioToPlain: ratio && rounded(ratio),
        peakBytes: best.peakBytes,
        slicesPerSecond: slices && rounded(slices * 1000 / best.milliseconds),
        samplesPerSecond: samples && rounded(samples * 1000 / best.milliseconds),
      }];
    });
    if (lines.length > 0) appendResults(adapter, lines);
  }
}

/** To four significant digits. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
