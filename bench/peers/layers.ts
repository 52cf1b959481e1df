/** The network's dominating layers with our engine, a JSON line of CPU milliseconds for each. */
import process from "node:process";
import { LayerRuns, LAYERS } from "../layers.ts";
import { openBenchDevice } from "../measure.ts";

/** Runs between two waits. */
const RUNS = 5;

const device = await openBenchDevice();
const runs = new LayerRuns(device, 1);
const signal = runs.filled("signal", [1, 1, 1, 1]);
for (const layer of LAYERS) {
  let best = Infinity;
  for (let sample = 0; sample < 8; sample++) {
    const before = process.cpuUsage();
    for (let run = 0; run < RUNS; run++) runs.run(layer);
    await device.read(signal.storage);
    const { user, system } = process.cpuUsage(before);
    // The first also compiles, and packs the weights.
    if (sample > 0) best = Math.min(best, (user + system) / 1000 / RUNS);
  }
  const facts = { peer: `this engine, ${device.adapter.name}`, what: layer.name };
  console.log(JSON.stringify({ ...facts, cpuMilliseconds: best }));
}
device.close();
