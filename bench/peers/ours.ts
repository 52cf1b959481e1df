/** Our engine as its peers are measured: `ours.ts forward|train SIDE BATCH` prints a JSON line. */
import process from "node:process";
import { NetworkInterpolator } from "../../src/prediction/network_interpolator.ts";
import { DEFAULT_SETTINGS } from "../../src/training/settings.ts";
import { freshSources } from "../../src/training/sources.ts";
import { Trainer } from "../../src/training/trainer.ts";
import { readModel } from "../../src/zaugnet/model.ts";
import { Formula } from "../../tests/support/formula.ts";
import { formulaModel } from "../../tests/support/formula_model.ts";
import { openBenchDevice } from "../measure.ts";

const [what, ...sizes] = Deno.args;
const [side, batch] = sizes.map(Number);
const device = await openBenchDevice();
const formula = new Formula(0);
const planes = (count: number) => formula.image("plane", [count, 1, side, side]);

function forward(): () => Promise<unknown> {
  const model = readModel(formulaModel("zaugnet"), "formula");
  const network = new NetworkInterpolator(device, model);
  const request = { before: planes(1), after: planes(1), dpm: 0.5 };
  const requests = Array.from({ length: batch }, () => request);
  return () => network.interpolate(requests, side, side);
}

function train(): () => Promise<unknown> {
  const settings = {
    ...{ ...DEFAULT_SETTINGS, lambdaAdv: 0, patchSize: side, batchSize: batch, microBatch: batch },
  };
  const trainer = new Trainer(device, settings, freshSources(settings));
  const data = { size: side, count: batch, dpm: new Float32Array(batch).fill(0.5) };
  const frames = { before: planes(batch), truth: planes(batch), after: planes(batch) };
  return () => trainer.step({ ...data, ...frames }, 0);
}

const work = what === "train" ? train() : forward();
let best = Infinity;
for (let run = 0; run < 5; run++) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  // The first runs also compile and fill the pool.
  if (run > 1) best = Math.min(best, (user + system) / 1000);
}
const facts = { peer: `this engine, ${device.adapter.name}`, what, side, batch };
console.log(JSON.stringify({ ...facts, cpuMilliseconds: best }));
device.close();
