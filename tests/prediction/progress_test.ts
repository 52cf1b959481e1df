import assert from "assert";
import { planPrediction } from "../../src/prediction/plan.ts";
import { predictSlices } from "../../src/prediction/predict.ts";
import { type Progress, ProgressEstimate } from "../../src/prediction/progress.ts";
import { Normalizer } from "../../src/stack/normalizer.ts";
import { FakeReader, LinearInterpolator, stackInfo } from "./stand_ins.ts";

Deno.test("ProgressEstimate reports rate and time left", () => {
  const estimate = new ProgressEstimate(100, 5000);
  assert.deepEqual(estimate.report(20, 15000), {
    done: 20,
    total: 100,
    slicesPerSecond: 2,
    secondsLeft: 40,
  });
});

Deno.test("ProgressEstimate counts whole slices and rates parts of them", () => {
  const progress = new ProgressEstimate(4, 0).report(0.5, 1000);
  assert.deepEqual(progress, { done: 0, total: 4, slicesPerSecond: 0.5, secondsLeft: 7 });
});

Deno.test("ProgressEstimate forgets a slow start", () => {
  const estimate = new ProgressEstimate(1000, 0);
  for (let i = 1; i <= 20; i++) estimate.report(i, 60_000 + 100 * i);
  assert.equal(estimate.report(21, 62_100).slicesPerSecond, 10);
});

Deno.test("ProgressEstimate claims no rate before time has passed", () => {
  assert.deepEqual(new ProgressEstimate(10, 0).report(5, 0), { done: 5, total: 10 });
});

Deno.test("predictSlices() reports predicted slices up to all of them", async () => {
  const reader = new FakeReader(stackInfo([1, 2, 5, 16, 16]), (_t, _c, z, i) => (31 * z + i) % 256);
  const interpolator = new LinearInterpolator({ anyDistance: false });
  const plan = planPrediction(reader.info, interpolator, { factor: 4, batchSize: 4 });
  const normalizer = new Normalizer("dtype", { low: 0, high: 255 });
  const reports: Progress[] = [];
  const onProgress = (progress: Progress) => reports.push(progress);
  await Array.fromAsync(
    predictSlices(reader, interpolator, plan, { normalizer, onProgress }),
  );
  const done = reports.map((report) => report.done);
  assert.deepEqual(done, done.toSorted((a, b) => a - b));
  assert.equal(done.at(-1), 24);
  assert.equal(reports.at(-1)?.total, 24);
});
