/**
 * Our engine as its peers are measured: `ours.ts forward|train|published SIDE BATCH [f32|f16]`
 * prints a JSON line: CPU time on a software adapter, wall time on a GPU, and the peak of device
 * memory. `published` is five batches of critic and generator, as torch_peer.py's; `forward` keeps
 * features in f16 where that is given.
 */
import process from "node:process";
import { NetworkInterpolator } from "../../src/prediction/network_interpolator.ts";
import { DEFAULT_SETTINGS } from "../../src/training/settings.ts";
import { freshSources } from "../../src/training/sources.ts";
import { Trainer } from "../../src/training/trainer.ts";
import { readModel } from "../../src/zaugnet/model.ts";
import { PAPER_WIDTHS } from "../../src/zaugnet/widths.ts";
import { Formula } from "../../tests/support/formula.ts";
import { formulaModel } from "../../tests/support/formula_model.ts";
import { interpolateInTurn, openBenchDevice } from "../measure.ts";

const [what, ...sizes] = Deno.args.slice(0, 3);
const [side, batch] = sizes.map(Number);
const precision = Deno.args[3] === "f16" ? "f16" : "f32";
const device = await openBenchDevice();
const onGpu = device.adapter.type === "gpu";
const formula = new Formula(0);
const planes = (count: number) => formula.image("plane", [count, 1, side, side]);
/** Predictions in one measurement: several are under way at once, as a stack's are. */
const CALLS = onGpu ? 16 : 1;

function forward(): () => Promise<unknown> {
  const model = readModel(formulaModel("zaugnet", PAPER_WIDTHS.generator), "formula");
  const network = new NetworkInterpolator(device, model, precision);
  const requests = Array.from({ length: batch }, () => {
    return { before: planes(1), after: planes(1), dpm: 0.5 };
  });
  return () => interpolateInTurn(network, requests, side, CALLS);
}

function train(lambdaAdv: number, steps: readonly number[]): () => Promise<unknown> {
  const settings = {
    ...DEFAULT_SETTINGS,
    lambdaAdv,
    patchSize: side,
    batchSize: batch,
    microBatch: batch,
  };
  const trainer = new Trainer(device, settings, freshSources(settings));
  const data = { size: side, count: batch, dpm: new Float32Array(batch).fill(0.5) };
  const frames = { before: planes(batch), truth: planes(batch), after: planes(batch) };
  const patches = { ...data, ...frames };
  return async () => {
    for (const step of steps) await trainer.step(patches, step, patches);
  };
}

const works: Record<string, () => () => Promise<unknown>> = {
  forward,
  train: () => train(0, [0]),
  published: () => train(DEFAULT_SETTINGS.lambdaAdv, [1, 2, 3, 4, 5]),
};
const work = works[what]();
let best = Infinity;
for (let run = 0; run < 5; run++) {
  const [before, start] = [process.cpuUsage(), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(before);
  const milliseconds = onGpu ? performance.now() - start : (user + system) / 1000;
  // The first runs also compile and fill the pool.
  if (run > 1) best = Math.min(best, milliseconds / (what === "forward" ? CALLS : 1));
}
const peakMiB = Math.round(device.peakBytes / 2 ** 20);
const facts = {
  peer: `this engine, ${device.adapter.name}`,
  what,
  side,
  batch,
  precision,
  peakMiB,
};
console.log(JSON.stringify({ ...facts, [onGpu ? "milliseconds" : "cpuMilliseconds"]: best }));
device.close();
