import assert from "assert";
import type { OpenSlice } from "../../src/prediction/completion.ts";
import { planPrediction, type PredictionOptions } from "../../src/prediction/plan.ts";
import { type PredictedSlice, predictSlices } from "../../src/prediction/predict.ts";
import { Normalizer } from "../../src/stack/normalizer.ts";
import { FakeReader, LinearInterpolator, stackInfo } from "./stand_ins.ts";

const normalizer = new Normalizer("range", { low: 0, high: 1 });

/** Each slice holds 100 t + 10 c + z. */
function numbered(t: number, c: number, z: number, more: { y?: number; x?: number } = {}) {
  return new FakeReader(
    stackInfo([t, c, z, more.y ?? 20, more.x ?? 24], { sampleType: "float32" }),
    (t, c, z) => 100 * t + 10 * c + z,
  );
}

async function complete(
  reader: FakeReader,
  options: PredictionOptions,
  anyDistance = true,
): Promise<{ open: OpenSlice[]; slices: PredictedSlice[] }> {
  const interpolator = new LinearInterpolator({ anyDistance });
  const plan = planPrediction(reader.info, interpolator, options);
  const open: OpenSlice[] = [];
  const completion = (slice: OpenSlice) => {
    open.push(slice);
    return slice.answer!.map((value) => value + 1000);
  };
  const slices = await Array.fromAsync(
    predictSlices(reader, interpolator, plan, { normalizer, completion }),
  );
  return { open, slices };
}

Deno.test("a slice is completed from two originals on either side, the last ones repeated", async () => {
  const { open } = await complete(numbered(2, 2, 4), { factor: 2 });
  const around = open.map(({ channel, neighbours }) => [
    channel,
    ...neighbours.map((plane) => plane[0]),
  ]);
  const gaps = [[0, 0, 1, 2], [0, 1, 2, 3], [1, 2, 3, 3]];
  const expected = [0, 1].flatMap((t) =>
    gaps.flatMap((gap) => [0, 1].map((c) => [c, ...gap.map((z) => 100 * t + 10 * c + z)]))
  );
  assert.deepEqual(around, expected);
  assert.ok(open.every(({ neighbours }) => neighbours.every(({ length }) => length === 20 * 24)));
});

Deno.test("two slices are their own neighbours", async () => {
  const { open } = await complete(numbered(1, 1, 2), { factor: 2 });
  assert.deepEqual(open.map(({ neighbours }) => neighbours.map((plane) => plane[0])), [
    [0, 0, 1, 1],
  ]);
});

for (const anyDistance of [true, false]) {
  const passes = anyDistance ? "one pass" : "doublings";
  Deno.test(`a completion hears where its slice lies and what the network says, ${passes}`, async () => {
    const { open } = await complete(numbered(1, 1, 4), { factor: 4 }, anyDistance);
    assert.deepEqual(
      open.map(({ distance, answer }) => [distance, answer![0]]),
      [0, 1, 2].flatMap((z) => [0.25, 0.5, 0.75].map((distance) => [distance, z + distance])),
    );
  });
}

Deno.test("originals pass a completion by, in their places", async () => {
  const { slices } = await complete(numbered(2, 1, 3), { factor: 2 });
  assert.deepEqual(
    slices.map(({ t, z, original, slice }) => [t, z, original, slice[0]]),
    [0, 1].flatMap((t) => [
      [t, 0, true, 100 * t],
      [t, 1, false, 100 * t + 1000.5],
      [t, 2, true, 100 * t + 1],
      [t, 3, false, 100 * t + 1001.5],
      [t, 4, true, 100 * t + 2],
    ]),
  );
});

Deno.test("slices between which nothing is wanted pass a completion by", async () => {
  // Slices lie 2 microns apart, and every 1.5 microns one is wanted.
  const { slices } = await complete(numbered(1, 1, 4), { spacing: 1.5 });
  assert.deepEqual(
    slices.map(({ slice, original }) => [slice[0], original]),
    [[0, true], [1000.75, false], [1001.5, false], [1002.25, false], [3, true]],
  );
});

Deno.test("completing reads no more than a few slices ahead", async () => {
  const reader = numbered(1, 1, 60, { y: 4, x: 4 });
  const interpolator = new LinearInterpolator();
  const plan = planPrediction(reader.info, interpolator, { factor: 2, batchSize: 1 });
  const slices = predictSlices(reader, interpolator, plan, {
    normalizer,
    completion: ({ answer }) => answer!,
  });
  for (let i = 0; i < 3; i++) await slices.next();
  assert.ok(reader.reads.length <= plan.mostWaiting + 4, `${reader.reads.length} reads`);
  await slices.return(undefined);
});
