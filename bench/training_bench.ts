/**
 * Training steps with patches in memory: the generator's, which learns from the pixel losses and
 * the teacher, and the critic's with its gradient penalty, which also needs one prediction.
 */
import { DEFAULT_SETTINGS } from "../src/training/settings.ts";
import { freshSources } from "../src/training/sources.ts";
import { Trainer } from "../src/training/trainer.ts";
import { Formula } from "../tests/support/formula.ts";
import { Bench, openBenchDevice } from "./measure.ts";

const formula = new Formula(0);
const device = await openBenchDevice();
const bench = new Bench(device);

function add(step: "generator" | "critic", size: number, count: number): void {
  const lambdaAdv = step === "critic" ? DEFAULT_SETTINGS.lambdaAdv : 0;
  const settings = {
    ...{ ...DEFAULT_SETTINGS, lambdaAdv, patchSize: size, batchSize: count, microBatch: count },
  };
  const planes = (name: string) => formula.image(name, [count, 1, size, size]);
  const batch = {
    ...{ size, count, before: planes("before"), truth: planes("truth"), after: planes("after") },
    dpm: new Float32Array(count).fill(0.5),
  };
  let trainer: Trainer | undefined;
  const name = `${step} step ${size}x${size}, batch ${count}`;
  bench.add({
    ...{ name, operations: 1, samples: count },
    async work() {
      trainer ??= new Trainer(device, settings, freshSources(settings));
      // The generator would step with the critic at every n-th batch only.
      await trainer.step(batch, 1);
    },
  }, { group: name, baseline: false, n: 2 });
}

add("generator", 128, 2);
add("generator", 256, 1);
add("critic", 256, 1);
add("critic", 256, 4);
