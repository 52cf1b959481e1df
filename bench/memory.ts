/**
 * The host's memory while a stack of 2048 x 2048 samples of 16 bits is predicted with the factor 2,
 * from file to file as by the command line: short and long, since it must not grow with the depth.
 * Neighbours' means stand in for the network, and its plan is that of a GPU with 2 GiB, as the
 * software's own device memory would count, too. One JSON line on standard output and in
 * bench/results/load/ (Linux).
 *
 *   deno task bench:memory [side, 2048] [slices, 20 200: 1.7 GB and twice that for the output]
 */
import assert from "assert";
import { join } from "node:path";
import { hostFilter } from "../src/calibration/band_filter.ts";
import { networkFits, networkPeakBytes, type Predictor, type SliceRequest } from "../src/core.ts";
import { predictFile } from "../src/files/predict_file.ts";
import { writeMovingStack } from "./moving_stack.ts";
import { appendLoad, commit } from "./results.ts";

/** Answers the means of neighbours, with the memory of a network's batches. */
class Means implements Predictor {
  readonly anyDistance = false;
  readonly calls = 8;
  readonly memoryLimit = 2 * 2 ** 30;
  readonly adapters = [{ name: "means in place of a network", type: "gpu" }] as const;
  readonly peakDeviceBytes = 0;
  readonly calibrator = { filter: hostFilter, filterBytes: 0 };
  readonly #memory = {
    memoryLimit: this.memoryLimit,
    maxBindingSize: this.memoryLimit,
    readsTextures: false,
    precision: "f32" as const,
  };

  resetPeak(): void {}

  peakBytes(batch: number, height: number, width: number): number {
    return networkPeakBytes(this.#memory, batch, height, width);
  }

  fits(batch: number, height: number, width: number): boolean {
    return networkFits(this.#memory, batch, height, width);
  }

  async interpolate(requests: readonly SliceRequest[]): Promise<Float32Array<ArrayBuffer>[]> {
    // As long as Deno waits before it looks whether a device is done.
    await new Promise((resolve) => setTimeout(resolve, 10));
    return requests.map(({ before, after }) => before.map((value, i) => (value + after[i]) / 2));
  }
}

interface Run {
  readonly slices: number;
  /** The most at once, by the system's count (VmHWM). */
  readonly megabytes: number;
  readonly seconds: number;
}

/** In a separate process: predicts and prints the {@link Run}. */
async function predict(input: string): Promise<void> {
  const job = {
    provenance: {},
    network: new Means(),
    options: {},
    signal: new AbortController().signal,
  };
  const { inputSizes, seconds } = await predictFile(input, `${input}.out.tif`, job, {
    note: () => {},
  });
  const [, kibibytes] = Deno.readTextFileSync("/proc/self/status").match(/^VmHWM:\s+(\d+) kB$/m)!;
  const megabytes = Math.round(1024 * Number(kibibytes) / 1e6);
  const run: Run = { slices: inputSizes.z, megabytes, seconds: Math.round(seconds) };
  console.log(JSON.stringify(run));
}

async function measure(side: number, depths: readonly number[]): Promise<void> {
  const folder = await Deno.makeTempDir({ dir: Deno.env.get("BENCH_FOLDER") });
  const runs: Run[] = [];
  try {
    for (const slices of depths) {
      const path = join(folder, "stack.tif");
      await writeMovingStack(path, { z: slices, y: side, x: side });
      const { success, stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--allow-all", "--frozen", import.meta.filename!, path],
        stderr: "inherit",
      }).output();
      assert.ok(success);
      runs.push(JSON.parse(new TextDecoder().decode(stdout)));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const line = {
    date: new Date().toISOString(),
    commit: commit(),
    name: "host memory",
    side,
    runs,
  };
  appendLoad("host", line);
  console.log(JSON.stringify(line));
}

const [first = "2048", ...others] = Deno.args;
if (first.endsWith(".tif")) await predict(first);
else await measure(Number(first), others.length > 0 ? others.map(Number) : [20, 200]);
