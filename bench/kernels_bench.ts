/**
 * The network's dominating layers, forward and both gradients: the kernel that the device chooses
 * against the plain one; and the device's peak, multiply-adds in registers.
 */
import { Kernel } from "../src/gpu/kernel.ts";
import fmaPeakSource from "./fma_peak.wgsl" with { type: "text" };
import { flopOf, type Layer, LayerRuns, LAYERS, movedBytesOf } from "./layers.ts";
import { BenchRecorder, openBenchDevice } from "./measure.ts";
import { PEAK } from "./results.ts";

const device = await openBenchDevice();
const onGpu = device.adapter.type === "gpu";
/** Operations between two waits, which alone take some 10 ms. */
const OPERATIONS = onGpu ? { plain: 30, chosen: 500 } : { plain: 2, chosen: 2 };
const bench = new BenchRecorder(device);
/** A batch fills a GPU. */
const runs = new LayerRuns(device, onGpu ? 16 : 1);
const signal = runs.filled("signal", [1, 1, 1, 1]);

function add(layer: Layer, plain: boolean): void {
  const { name } = layer;
  const plainName = `${name}, plain`;
  const chosen = plain ? "plain" : undefined;
  const operations = plain ? OPERATIONS.plain : OPERATIONS.chosen;
  const measurement = {
    name: plain ? plainName : name,
    plain: plain ? undefined : plainName,
    flop: flopOf(layer, runs.batch),
    movedBytes: movedBytesOf(layer, runs.batch),
    operations,
    async work() {
      for (let i = 0; i < operations; i++) runs.run(layer, chosen);
      await device.read(signal.storage);
    },
  };
  bench.add(measurement, { group: name, baseline: plain, n: plain ? 1 : 5 });
}

const fmaPeak = new Kernel("fma_peak", fmaPeakSource);

function addPeak(): void {
  const [groups, rounds] = onGpu ? [8192, 256] : [8, 256];
  const y = device.allocate(groups * 256 * 16);
  const operations = 50;
  bench.add({
    name: PEAK,
    flop: groups * 256 * rounds * 512,
    operations,
    async work() {
      for (let i = 0; i < operations; i++) {
        device.run(fmaPeak, { y }, { rounds, factor: 0.5 }, [groups, 1, 1]);
      }
      await device.read(signal.storage);
    },
  }, { group: PEAK, baseline: false, n: 3 });
}

addPeak();
for (const layer of LAYERS) {
  add(layer, true);
  add(layer, false);
}
