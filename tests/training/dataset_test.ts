import assert from "assert";
import { Normalizer } from "../../src/stack/normalizer.ts";
import { AUGMENTATIONS } from "../../src/training/augment.ts";
import type { Batch } from "../../src/training/patch_batch.ts";
import type { TrainingData } from "../../src/training/dataset.ts";
import { fakeStack, openData, told } from "./stand_ins.ts";

const allOn = { augmentations: AUGMENTATIONS };

/** The slices of a batch's triplets, told by the first sample of each plane (see `told`). */
function slicesOf({ before, truth, after, size, count }: Batch): number[][] {
  return Array.from(
    { length: count },
    (_, k) => [before, truth, after].map((planes) => Math.round(planes[k * size * size] * 255) / 2),
  );
}

/** All batches of an epoch. */
function epochOf(data: TrainingData, epoch: number): Promise<Batch[]> {
  return Promise.all(
    Array.from({ length: data.batchesPerEpoch }, (_, index) => data.batch(epoch, index)),
  );
}

Deno.test("batch() takes every triplet once per epoch, and fills the last batch anew", async () => {
  for (const variant of ["zaugnet", "zaugnet+"] as const) {
    const data = await openData([fakeStack([1, 1, 12, 16, 16])], {
      variant,
      validation: [],
      batchSize: 9,
    });
    const taken = (await epochOf(data, 3)).flatMap(slicesOf).map((triplet) => triplet.join());
    assert.equal(taken.length, data.batchesPerEpoch * 9);
    assert.ok(data.tripletCount % 9 > 0, "the last batch is not full");
    assert.equal(new Set(taken.slice(0, data.tripletCount)).size, data.tripletCount);
    assert.equal(new Set(taken.slice(data.tripletCount)).size, taken.length - data.tripletCount);
  }
});

Deno.test("batch() gives full batches of fewer triplets than a batch", async () => {
  const data = await openData([fakeStack([1, 1, 4, 16, 16])], { batchSize: 7 });
  assert.equal(data.batchesPerEpoch, 1);
  const taken = slicesOf(await data.batch(0, 0)).map(([before]) => before);
  assert.deepEqual(taken.map((z) => Number.isInteger(z) && z <= 1), Array(7).fill(true));
  assert.ok(taken.filter((z) => z === 0).length >= 3);
});

Deno.test("batch() is the same for the same seed, whatever was asked for before", async () => {
  const open = () => openData([fakeStack([2, 2, 9, 30, 40])], { ...allOn, seed: 5 });
  const [whole, resumed] = [await open(), await open()];
  const batches = [...await epochOf(whole, 0), ...await epochOf(whole, 1)];
  assert.deepEqual(await resumed.batch(1, 2), batches[whole.batchesPerEpoch + 2]);
  assert.deepEqual(await resumed.batch(0, 1), batches[1]);
});

Deno.test("batch() differs between epochs and between seeds", async () => {
  const open = (seed: number) => openData([fakeStack([1, 1, 30, 16, 16])], { seed });
  const data = await open(1);
  const first = slicesOf(await data.batch(0, 0));
  assert.notDeepEqual(slicesOf(await data.batch(1, 0)), first);
  assert.notDeepEqual(slicesOf(await (await open(2)).batch(0, 0)), first);
});

Deno.test("batch() does not depend on the batch size", async () => {
  const open = (batchSize: number) =>
    openData([fakeStack([1, 1, 30, 30, 30])], { ...allOn, batchSize });
  const whole = await (await open(8)).batch(2, 1);
  const half = await (await open(4)).batch(2, 3);
  assert.deepEqual(half.truth, whole.truth.slice(4 * 256));
  assert.deepEqual(half.dpm, whole.dpm.slice(4));
});

Deno.test("batch() swaps before and after, and counts the distance from the other side", async () => {
  const data = await openData([fakeStack([1, 1, 12, 16, 16])], {
    variant: "zaugnet+",
    augmentations: ["swap"],
    batchSize: 64,
  });
  const batch = await data.batch(0, 0);
  let swapped = 0;
  slicesOf(batch).forEach(([before, truth, after], k) => {
    assert.equal(batch.dpm[k], Math.fround((truth - before) / (after - before)));
    if (before > after) swapped++;
  });
  assert.ok(swapped > 16 && swapped < 48, `${swapped} of 64 are swapped`);
});

Deno.test("batch() cuts the three slices of a triplet at the same place, within 0..1", async () => {
  const sample = (_t: number, _c: number, _z: number, i: number) => (i * 7919) % 256;
  const data = await openData([fakeStack([1, 1, 9, 30, 40], { sample })], {
    ...allOn,
    batchSize: 32,
  });
  const { before, truth, after } = await data.batch(0, 0);
  assert.deepEqual(before, truth);
  assert.deepEqual(after, truth);
  assert.ok(truth.every((value) => value >= 0 && value <= 1));
  assert.ok(truth.some((value) => value === 1));
});

Deno.test("batch() normalises each stack by itself, whatever its sample type", async () => {
  const wide = fakeStack([1, 1, 9, 16, 16], {
    name: "wide.tif",
    info: { sampleType: "uint16" },
    sample: (...at) => 100 * told(...at),
  });
  const normalizer = new Normalizer("range", { low: 0, high: 25500 });
  const data = await openData([fakeStack([1, 1, 9, 16, 16]), { ...wide, normalizer }], {
    validation: [],
  });
  for (const [before] of (await epochOf(data, 0)).flatMap(slicesOf)) {
    assert.ok(Number.isInteger(before) && before < 7, `slice ${before}`);
  }
  assert.equal(
    data.reports[0],
    "The stacks hold uint8 and uint16 samples; each is normalised by itself.",
  );
});

Deno.test("TrainingData reads a stack once where it fits the cache, and works where not", async () => {
  const [kept, dropped] = [fakeStack([1, 1, 12, 16, 16]), fakeStack([1, 1, 12, 16, 16])];
  const all = await epochOf(await openData([kept]), 0);
  const few = await epochOf(await openData([dropped], { cacheBytes: 3 * 256 }), 0);
  assert.equal(kept.reader.reads.length, 12);
  assert.ok(dropped.reader.reads.length > 12);
  assert.deepEqual(few, all);
});

Deno.test("batches made in workers are the same to the bit, and their slices are read once", async () => {
  const [here, there] = [fakeStack([2, 2, 9, 30, 40]), fakeStack([2, 2, 9, 30, 40])];
  const alone = await epochOf(await openData([here], allOn), 1);
  const data = await openData([there], { ...allOn, inWorkers: true });
  try {
    assert.ok(data.ahead >= 1);
    assert.deepEqual(await epochOf(data, 1), alone);
    assert.equal(there.reader.reads.length, here.reader.reads.length);
  } finally {
    data.close();
  }
});

Deno.test("slice() answers whole slices, normalised", async () => {
  const data = await openData([fakeStack([1, 2, 20, 8, 32])], { patchSize: 8 });
  const { series, triplet } = data.validation[0];
  const slice = await data.slice(series, triplet.middle);
  assert.equal(slice.length, 8 * 32);
  assert.equal(slice[0], Math.fround(told(0, series.c, triplet.middle, 0) / 255));
});
