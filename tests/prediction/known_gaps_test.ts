import assert from "assert";
import { gramOf } from "../../src/calibration/grams.ts";
import { featuresAt } from "../../src/calibration/features.ts";
import { planPrediction } from "../../src/prediction/plan.ts";
import { measureGaps, nearGaps, wideGaps } from "../../src/prediction/known_gaps.ts";
import { Normalizer } from "../../src/stack/normalizer.ts";
import { FakeReader, LinearInterpolator, stackInfo } from "./stand_ins.ts";

const normalizer = new Normalizer("range", { low: 0, high: 10 });

function reader(t: number, c: number, z: number) {
  return new FakeReader(
    stackInfo([t, c, z, 50, 70], { sampleType: "float32" }),
    (t, c, z, i) => Math.abs(Math.sin(i * (1 + c) + z * z + 5 * t)) * 10,
  );
}

Deno.test("up to eight wide gaps are chosen, evenly over slices and frames", () => {
  const targets = (z: number) => wideGaps({ t: 1, z }).map(({ target }) => target);
  assert.deepEqual(targets(2), []);
  assert.deepEqual(targets(3), [1]);
  assert.deepEqual(targets(10), [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(targets(34), [3, 7, 11, 15, 19, 23, 27, 31]);
  const frames = wideGaps({ t: 100, z: 4 }).map(({ t }) => t);
  assert.deepEqual(frames, [6, 18, 31, 43, 56, 68, 81, 93]);
});

Deno.test("a wide gap has slices at twice the distance around, the last ones repeated", () => {
  assert.deepEqual(wideGaps({ t: 1, z: 5 }).map(({ around }) => around), [
    ...[[0, 0, 2, 4], [0, 1, 3, 4], [0, 2, 4, 4]],
  ]);
  assert.deepEqual(wideGaps({ t: 1, z: 8 }, 2).map(({ target, around }) => [target, ...around]), [
    ...[[2, 0, 0, 4, 6], [4, 0, 2, 6, 6]],
  ]);
});

Deno.test("near gaps are those between the slices that are kept", () => {
  const gaps = nearGaps({ t: 1, z: 8 }, 3, 1);
  assert.deepEqual(gaps.map(({ target, around }) => [target, ...around]), [
    ...[[1, 0, 0, 3, 6], [4, 0, 3, 6, 6]],
  ]);
  assert.ok(gaps.every(({ distance }) => distance === 1 / 3));
});

Deno.test("the network is asked for the slices between, tiled as for a prediction", async () => {
  const stack = reader(2, 2, 4);
  const interpolator = new LinearInterpolator({ anyDistance: false });
  const plan = planPrediction(stack.info, interpolator, { tile: 48, overlap: 16, batchSize: 3 });
  assert.ok(plan.grid.tiles.length > 1);
  const network = { interpolator, plan };
  const grams = await measureGaps(stack, wideGaps(stack.info.sizes), {
    normalizer,
    network,
  });
  assert.deepEqual(grams.map((gaps) => gaps.length), [4, 4]);
  const asked = interpolator.batches.reduce((sum, count) => sum + count, 0);
  assert.equal(asked, 8 * plan.grid.tiles.length);
  assert.deepEqual([...interpolator.shapes], [`${plan.grid.tileHeight}x${plan.grid.tileWidth}`]);
});

Deno.test("a gap's products are those of its slice, its neighbours and the answer", async () => {
  const stack = reader(1, 2, 3);
  const interpolator = new LinearInterpolator();
  const plan = planPrediction(stack.info, interpolator);
  const grams = await measureGaps(stack, wideGaps(stack.info.sizes), {
    normalizer,
    network: { interpolator, plan },
  });
  for (const c of [0, 1]) {
    const [low, target, high] = await Promise.all(
      [0, 1, 2].map(async (z) => normalizer.before(await stack.readSlice(0, c, z))),
    );
    const answer = low.map((value, i) => value + 0.5 * (high[i] - value));
    const features = featuresAt([low, low, high, high], 0.5, answer);
    assert.deepEqual(grams[c], [gramOf({ target, ...features }, 50, 70)]);
  }
});

Deno.test("without a network the products are those of linear and cubic interpolation", async () => {
  const grams = await measureGaps(reader(1, 1, 4), wideGaps({ t: 1, z: 4 }), { normalizer });
  assert.deepEqual(grams[0].map(({ bands }) => bands[0].length), [3, 3]);
});

Deno.test("measuring ends where it is told to", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  const measuring = measureGaps(reader(1, 1, 4), wideGaps({ t: 1, z: 4 }), { normalizer, signal });
  await assert.rejects(measuring, /enough/);
});

Deno.test("transparency is neither measured nor asked of the network", async () => {
  const opaque = reader(2, 4, 4);
  const stack = new FakeReader({ ...opaque.info, alpha: 3 }, (...[, , z, i]) => (z + i) % 10);
  const interpolator = new LinearInterpolator({ anyDistance: false });
  const plan = planPrediction(stack.info, interpolator);
  const done: number[] = [];
  const grams = await measureGaps(stack, wideGaps(stack.info.sizes), {
    normalizer,
    network: { interpolator, plan },
    onProgress: (slices) => done.push(slices),
  });
  assert.deepEqual(grams.map((gaps) => gaps.length), [4, 4, 4, 0]);
  assert.equal(interpolator.batches.reduce((sum, count) => sum + count, 0), 12);
  assert.deepEqual(done, [3, 6, 9, 12]);
});
