import assert from "assert";
import { planPrediction } from "../../src/prediction/plan.ts";
import { LinearInterpolator, stackInfo } from "./stand_ins.ts";

Deno.test("planPrediction() tells sizes, passes and memory without reading a sample", () => {
  const interpolator = new LinearInterpolator({ anyDistance: false });
  const plan = planPrediction(stackInfo([2, 3, 10, 100, 300]), interpolator, { factor: 4 });
  assert.deepEqual(plan.sizes, { t: 2, c: 3, z: 37, y: 100, x: 300 });
  assert.deepEqual([plan.grid.height, plan.grid.width, plan.grid.tiles.length], [112, 304, 1]);
  assert.equal(plan.predictedSlices, 2 * 3 * 27);
  assert.equal(plan.tilePasses, plan.predictedSlices);
  assert.equal(plan.peakBytes, interpolator.peakBytes(plan.batchSize, 112, 304));
  assert.deepEqual(plan.voxelSize, { x: 0.5, y: 0.5, z: 0.5, unit: "micron" });
  assert.deepEqual(plan.metadata, {
    factor: "4",
    predicted_slices: "2-4, 6-8, 10-12, 14-16, 18-20, 22-24, 26-28, 30-32, 34-36",
    tile: "none",
  });
});

Deno.test("planPrediction() describes the tiles of a plane that does not fit", () => {
  const interpolator = new LinearInterpolator({ memoryLimit: 40 * 512 * 512 });
  const plan = planPrediction(stackInfo([1, 1, 2, 1000, 700]), interpolator, { overlap: 64 });
  assert.equal(plan.tilePasses, plan.grid.tiles.length);
  assert.deepEqual(plan.metadata, {
    factor: "2",
    predicted_slices: "2",
    tile: "384x384",
    tile_overlap: "64",
  });
});

Deno.test("planPrediction() makes batches no larger than asked or needed", () => {
  const info = stackInfo([1, 1, 5, 32, 32]);
  const interpolator = new LinearInterpolator();
  assert.equal(planPrediction(info, interpolator, { batchSize: 3 }).batchSize, 3);
  assert.equal(planPrediction(info, interpolator).batchSize, 4);
  assert.throws(
    () => planPrediction(info, interpolator, { batchSize: 0 }),
    /^InputError: batchSize must be/,
  );
});
