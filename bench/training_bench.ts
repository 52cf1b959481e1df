/**
 * Training steps with patches in memory: the generator's, which learns from the pixel losses and
 * the teacher; the critic's with its gradient penalty, which also needs one prediction; and five
 * batches of both, in the last of which the generator steps, too.
 */
import { DEFAULT_SETTINGS } from "../src/training/settings.ts";
import { freshSources } from "../src/training/sources.ts";
import { Trainer } from "../src/training/trainer.ts";
import { Formula } from "../tests/support/formula.ts";
import { BenchRecorder, openBenchDevice } from "./measure.ts";

const formula = new Formula(0);
const device = await openBenchDevice();
const bench = new BenchRecorder(device);

/** Numbers of the steps: the generator takes each fifth, counted from 0. */
const STEPS = { generator: [0], critic: [1], "critic and generator": [1, 2, 3, 4, 5] };

function add(step: keyof typeof STEPS, size: number, count: number): void {
  const lambdaAdv = step === "generator" ? 0 : DEFAULT_SETTINGS.lambdaAdv;
  const settings = {
    ...DEFAULT_SETTINGS,
    lambdaAdv,
    patchSize: size,
    batchSize: count,
    microBatch: count,
  };
  const planes = (name: string) => formula.image(name, [count, 1, size, size]);
  const batch = {
    size,
    count,
    before: planes("before"),
    truth: planes("truth"),
    after: planes("after"),
    dpm: new Float32Array(count).fill(0.5),
  };
  let trainer: Trainer | undefined;
  const name = `${step} step ${size}x${size}, batch ${count}`;
  bench.add({
    name,
    operations: STEPS[step].length,
    samples: count,
    async work() {
      trainer ??= new Trainer(device, settings, freshSources(settings));
      for (const index of STEPS[step]) await trainer.step(batch, index, batch);
    },
  }, { group: name, baseline: false, n: 5 });
}

if (device.adapter.type === "gpu") {
  add("generator", 128, 32);
  add("generator", 256, 16);
  add("critic", 256, 16);
  add("critic and generator", 256, 16);
} else {
  add("generator", 128, 2);
  add("generator", 256, 1);
  add("critic", 256, 1);
  add("critic", 256, 4);
}
