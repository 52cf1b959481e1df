import assert from "assert";
import { InputError } from "../../src/errors.ts";
import type { SliceRequest } from "../../src/prediction/interpolator.ts";
import { planPrediction, type PredictionOptions } from "../../src/prediction/plan.ts";
import { type PredictedSlice, predictSlices } from "../../src/prediction/predict.ts";
import { Normalizer, normalizerFor, type StackNormalizer } from "../../src/stack/normalizer.ts";
import type { StackReader } from "../../src/stack/stack.ts";
import { FakeReader, LinearInterpolator, stackInfo } from "./stand_ins.ts";

const bytes = new Normalizer("dtype", { low: 0, high: 255 });
const unit = new Normalizer("range", { low: 0, high: 1 });

/** Samples without pattern, the same on every run. */
const noise = (t: number, c: number, z: number, i: number) =>
  (t * 7919 + c * 104729 + z * 1299709 + i * 15485863) % 256;

async function predictAll(
  reader: StackReader,
  interpolator: LinearInterpolator,
  options: PredictionOptions,
  normalizer: StackNormalizer = bytes,
): Promise<PredictedSlice[]> {
  const plan = planPrediction(reader.info, interpolator, options);
  return await Array.fromAsync(predictSlices(reader, interpolator, plan, { normalizer }));
}

Deno.test("predictSlices() emits frames slowest, then z, and channels fastest", async () => {
  const reader = new FakeReader(stackInfo([2, 2, 3, 8, 8]), noise);
  for (const factor of [2, 4]) {
    const interpolator = new LinearInterpolator({ anyDistance: false });
    const slices = await predictAll(reader, interpolator, { factor });
    const depth = factor * 2 + 1;
    const expected = [0, 1].flatMap((t) =>
      Array.from({ length: depth }, (_, z) => [0, 1].map((c) => [t, z, c])).flat()
    );
    assert.deepEqual(slices.map(({ t, c, z }) => [t, z, c]), expected);
  }
});

Deno.test("predictSlices() passes the originals bit-exact, whatever the normalisation", async () => {
  const info = stackInfo([2, 2, 3, 5, 7], { sampleType: "uint16" });
  const reader = new FakeReader(info, (t, c, z, i) => 257 * noise(t, c, z, i));
  for (const normalization of ["stack", "percentile", "zscore"] as const) {
    const normalizer = await normalizerFor(reader, { normalization });
    const slices = await predictAll(reader, new LinearInterpolator(), { factor: 3 }, normalizer);
    const originals = slices.filter(({ original }) => original);
    assert.equal(originals.length, 12);
    for (const { t, c, z, slice } of originals) {
      assert.deepEqual(slice, await reader.readSlice(t, c, z / 3));
    }
  }
});

Deno.test("predictSlices() in one pass with linear blending is linear interpolation", async () => {
  const reader = new FakeReader(stackInfo([1, 2, 4, 19, 33]), noise);
  const slices = await predictAll(reader, new LinearInterpolator(), { dpm: [0.25, 0.8] });
  const gap = [0, 0.25, 0.8];
  for (const { c, z, slice } of slices) {
    const [before, dpm] = [Math.floor(z / 3), gap[z % 3]];
    slice.forEach((value, i) => {
      const low = noise(0, c, before, i);
      const exact = low + dpm * (noise(0, c, Math.min(before + 1, 3), i) - low);
      assert.ok(Math.abs(value - exact) <= 0.5 + 1e-4, `${value} is not ${exact} at z ${z}`);
    });
  }
});

Deno.test("predictSlices() keeps floats between doublings: eightfold is linear to 1e-6", async () => {
  const reader = new FakeReader(
    stackInfo([1, 1, 3, 4, 4], { sampleType: "float32" }),
    (t, c, z, i) => noise(t, c, z, i) / 256,
  );
  const interpolator = new LinearInterpolator({ anyDistance: false });
  const slices = await predictAll(reader, interpolator, { factor: 8 }, unit);
  assert.equal(slices.length, 17);
  for (const { z, slice } of slices.slice(0, 16)) {
    const before = Math.floor(z / 8);
    slice.forEach((value, i) => {
      const low = noise(0, 0, before, i) / 256;
      const exact = low + (z % 8) / 8 * (noise(0, 0, before + 1, i) / 256 - low);
      assert.ok(Math.abs(value - exact) < 1e-6);
    });
  }
});

Deno.test("predictSlices() gives the same samples tiled and untiled", async () => {
  const info = stackInfo([1, 1, 3, 150, 201], { sampleType: "float32" });
  const reader = new FakeReader(info, noise);
  const whole = new LinearInterpolator({ anyDistance: false });
  const tiled = new LinearInterpolator({ anyDistance: false });
  const expected = await predictAll(reader, whole, { factor: 4 });
  const slices = await predictAll(reader, tiled, { factor: 4, tile: 64, overlap: 16 });
  assert.deepEqual([[...whole.shapes], [...tiled.shapes]], [["160x208"], ["64x64"]]);
  slices.forEach(({ slice }, n) =>
    assert.ok(slice.every((value, i) => Math.abs(value - expected[n].slice[i]) < 1e-4))
  );
});

Deno.test("predictSlices() resamples unevenly spaced slices to an even step", async () => {
  const positions = [0, 1, 3, 3.5, 6];
  const info = stackInfo([1, 1, 5, 2, 2], { sampleType: "float32" });
  const reader = new FakeReader(info, (_t, _c, z) => 10 * positions[z]);
  const slices = await predictAll(
    reader,
    new LinearInterpolator(),
    { spacing: 0.75, positions },
    new Normalizer("range", { low: 0, high: 60 }),
  );
  const seen = slices.map(({ slice }) => slice[0]);
  [0, 7.5, 15, 22.5, 30, 37.5, 45, 52.5, 60].forEach((value, z) =>
    assert.ok(Math.abs(seen[z] - value) < 1e-5)
  );
  assert.deepEqual(
    slices.filter(({ original }) => original).map(({ z }) => z),
    [0, 4, 8],
  );
});

Deno.test("predictSlices() asks with one array for a slice that is the neighbour of several", async () => {
  const asked = new Set<Float32Array>();
  class Noting extends LinearInterpolator {
    override interpolate(requests: readonly SliceRequest[], height: number, width: number) {
      for (const { before, after } of requests) asked.add(before).add(after);
      return super.interpolate(requests, height, width);
    }
  }
  const reader = new FakeReader(stackInfo([1, 2, 4, 100, 100]), noise);
  await predictAll(reader, new Noting(), { dpm: [0.2, 0.7], tile: 48, overlap: 16 });
  assert.equal(asked.size, 2 * 4 * 9);
});

Deno.test("predictSlices() mixes channels, frames and tiles in full batches", async () => {
  const reader = new FakeReader(stackInfo([2, 3, 4, 100, 100]), noise);
  const interpolator = new LinearInterpolator();
  await predictAll(reader, interpolator, { factor: 2, tile: 48, overlap: 16, batchSize: 7 });
  const tiles = 2 * 3 * 3 * 9;
  assert.equal(interpolator.batches.reduce((sum, size) => sum + size), tiles);
  assert.ok(interpolator.batches.slice(0, -1).every((size) => size === 7));
});

Deno.test("predictSlices() keeps two interpolations under way and no more", async () => {
  const reader = new FakeReader(stackInfo([1, 1, 20, 16, 16]), noise);
  const interpolator = new LinearInterpolator();
  await predictAll(reader, interpolator, { factor: 4, batchSize: 3 });
  assert.equal(interpolator.mostUnderWay, 2);
});

Deno.test("predictSlices() does as many interpolations as the plan foretells", async () => {
  const reader = new FakeReader(stackInfo([2, 2, 6, 16, 16]), noise);
  const interpolator = new LinearInterpolator({ anyDistance: false });
  const options = { factor: 8, batchSize: 9 };
  const plan = planPrediction(reader.info, interpolator, options);
  await predictAll(reader, interpolator, options);
  assert.equal(interpolator.batches.length, plan.interpolations);
  assert.equal(interpolator.batches.reduce((sum, size) => sum + size), plan.tilePasses);
  assert.equal(plan.tilePasses, plan.predictedSlices);
});

for (const [factor, anyDistance] of [[2, false], [8, false], [5, true]] as const) {
  Deno.test(`predictSlices() reads no further ahead in a long stack (factor ${factor})`, async () => {
    const reader = new FakeReader(stackInfo([1, 2, 500, 4, 4]), noise);
    const interpolator = new LinearInterpolator({ anyDistance });
    const plan = planPrediction(reader.info, interpolator, { factor, batchSize: 8 });
    let ahead = 0;
    for await (
      const { z } of predictSlices(reader, interpolator, plan, { normalizer: bytes })
    ) {
      ahead = Math.max(ahead, reader.reads.length / 2 - z / factor);
    }
    assert.equal(reader.reads.length, 1000);
    assert.ok(ahead <= 32, `${ahead} slices ahead`);
  });
}

Deno.test("predictSlices() does not hoard originals where only one slice is missing", async () => {
  const positions = Array.from({ length: 500 }, (_, z) => z < 10 ? z : z + 1);
  const reader = new FakeReader(stackInfo([1, 1, 500, 4, 4]), noise);
  const interpolator = new LinearInterpolator();
  const plan = planPrediction(reader.info, interpolator, { spacing: 1, positions, batchSize: 8 });
  let ahead = 0;
  let count = 0;
  for await (const { z } of predictSlices(reader, interpolator, plan, { normalizer: bytes })) {
    ahead = Math.max(ahead, reader.reads.length - z);
    count++;
  }
  assert.equal(count, 501);
  assert.ok(ahead <= plan.readAhead + 1, `${ahead} slices ahead`);
});

Deno.test("predictSlices() ends between two batches when its signal aborts", async () => {
  const reader = new FakeReader(stackInfo([1, 1, 50, 16, 16]), noise);
  const interpolator = new LinearInterpolator();
  const plan = planPrediction(reader.info, interpolator, { factor: 2, batchSize: 2 });
  const controller = new AbortController();
  let seen = 0;
  await assert.rejects(async () => {
    const options = { normalizer: bytes, signal: controller.signal };
    for await (const _ of predictSlices(reader, interpolator, plan, options)) {
      if (++seen === 10) controller.abort();
    }
  }, { name: "AbortError" });
  assert.ok(seen < 20);
  assert.equal(interpolator.underWay, 0);
});

Deno.test("predictSlices() leaves nothing under way when its reader stops early", async () => {
  const reader = new FakeReader(stackInfo([1, 1, 50, 16, 16]), noise);
  const interpolator = new LinearInterpolator();
  const plan = planPrediction(reader.info, interpolator, { factor: 4, batchSize: 2 });
  for await (const { z } of predictSlices(reader, interpolator, plan, { normalizer: bytes })) {
    if (z === 5) break;
  }
  assert.equal(interpolator.underWay, 0);
});

Deno.test("predictSlices() throws what the interpolator throws", async () => {
  const reader = new FakeReader(stackInfo([1, 1, 9, 16, 16]), noise);
  const interpolator = new LinearInterpolator();
  interpolator.interpolate = () => Promise.reject(new Error("device lost"));
  await assert.rejects(predictAll(reader, interpolator, { batchSize: 1 }), /device lost/);
});

Deno.test("predictSlices() refuses NaN even where no statistics are needed", async () => {
  const info = stackInfo([1, 2, 3, 4, 5], { sampleType: "float32" });
  const reader = new FakeReader(info, (_t, c, z, i) => c === 1 && z === 2 && i === 7 ? NaN : 0.5);
  await assert.rejects(
    predictAll(reader, new LinearInterpolator(), {}, unit),
    (error: Error) =>
      error instanceof InputError &&
      /NaN at x 2, y 1 of slice 3 of channel 2 of frame 1/.test(error.message),
  );
});

Deno.test("predictSlices() predicts a constant stack as that constant", async () => {
  const info = stackInfo([1, 1, 3, 3, 1], { sampleType: "float32" });
  const reader = new FakeReader(info, () => 0.1);
  for (const normalization of ["stack", "percentile", "zscore"] as const) {
    const normalizer = await normalizerFor(reader, { normalization });
    const slices = await predictAll(reader, new LinearInterpolator(), { factor: 3 }, normalizer);
    for (const { slice } of slices) {
      assert.deepEqual(slice, new Float32Array(3).fill(0.1));
    }
  }
});
