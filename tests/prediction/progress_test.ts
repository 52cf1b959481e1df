import assert from "assert";
import { ProgressEstimate } from "../../src/prediction/progress.ts";

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
