import assert from "assert";
import { InputError } from "../../src/errors.ts";
import { bytesSource } from "../../src/io/byte_source.ts";
import { openStack } from "../../src/io/tiff_reader.ts";
import { normalizerFor } from "../../src/stack/normalizer.ts";
import type { TrainingData } from "../../src/training/dataset.ts";
import { shared } from "../support/shared.ts";
import { fakeStack, openData, told } from "./stand_ins.ts";

const sizes = [1, 1, 20, 16, 16] as const;

/** Another stack with its own name and slices of its own. */
const another = (name: string, offset: number) =>
  fakeStack(sizes, { name, sample: (t, c, z, i) => told(t, c, z, i) + (i % 3) * offset });

const validatedSlices = ({ validation }: TrainingData) =>
  new Set(
    validation.flatMap(({ series, triplet: { before, middle, after } }) =>
      [before, middle, after].map((z) => `${series.stack.reader.name} ${z}`)
    ),
  );

async function refused(opening: Promise<unknown>, message: string) {
  await assert.rejects(opening, (error) => {
    assert.ok(error instanceof InputError, `${error}`);
    assert.equal(error.message, message);
    return true;
  });
}

Deno.test("open() holds back the last slices of a single stack, and trains on none of them", async () => {
  for (const variant of ["zaugnet", "zaugnet+"] as const) {
    const { reader, ...stack } = fakeStack([2, 1, 30, 16, 16]);
    const data = await openData([{ ...stack, reader }], { variant, cacheBytes: 0 });
    const held = validatedSlices(data);
    assert.deepEqual(held, new Set([25, 26, 27, 28, 29].map((z) => `stack.tif ${z}`)));
    const surveyed = reader.reads.length;
    for (let index = 0; index < data.batchesPerEpoch; index++) await data.batch(0, index);
    const trained = new Set(reader.reads.slice(surveyed).map((read) => read.split(",")[2]));
    assert.deepEqual([...trained].map(Number).sort((a, b) => a - b), [...Array(25).keys()]);
  }
});

Deno.test("open() holds back whole stacks where there are several", async () => {
  const stacks = ["a.tif", "b.tif", "c.tif"].map((name, i) => another(name, i));
  const data = await openData(stacks);
  assert.deepEqual(
    [...new Set(data.validation.map(({ series }) => series.stack.reader.name))],
    ["c.tif"],
  );
  assert.equal(data.tripletCount, 36);
  assert.equal(data.validation.length, 18);
  assert.deepEqual(data.reports, [
    "Training on 36 triplets of a.tif, b.tif.",
    "Validating on 18 triplets of c.tif, which are not trained on.",
  ]);
});

Deno.test("open() holds back a block of each stack, or stacks of its own, when told", async () => {
  const stacks = [another("a.tif", 0), another("b.tif", 1)];
  const blocks = await openData(stacks, { validation: "blocks" });
  assert.deepEqual(
    validatedSlices(blocks),
    new Set(["a", "b"].flatMap((name) => [17, 18, 19].map((z) => `${name}.tif ${z}`))),
  );
  const own = await openData(stacks, { validation: [another("c.tif", 2)] });
  assert.equal(own.tripletCount, 36);
  assert.ok(own.validation.every(({ series }) => series.stack.reader.name === "c.tif"));
});

Deno.test("open() says when there is too little to hold back", async () => {
  const data = await openData([fakeStack([1, 1, 5, 16, 16])]);
  assert.equal(data.validation.length, 0);
  assert.equal(data.tripletCount, 3);
  assert.match(data.reports.at(-1)!, /^Nothing is held back for validation/);
});

Deno.test("open() names neighbours that do not correlate, and leaves them out when told", async () => {
  const sample = (_t: number, _c: number, z: number, i: number) =>
    100 + 80 * Math.sin(i / 5 + z / 10 + (z > 8 ? Math.PI / 2 : 0));
  const stack = fakeStack(sizes, { sample });
  const kept = await openData([stack], { validation: [] });
  const skipped = await openData([stack], { validation: [], skipUncorrelated: true });
  assert.match(kept.reports[0], /^stack.tif: .*: 9 and 10 \(-?0\.\d+, median 0.99\d\); .* kept\.$/);
  assert.match(skipped.reports[0], /left out\.$/);
  assert.deepEqual([kept.tripletCount, skipped.tripletCount], [18, 16]);
});

Deno.test("open() gives equal data equal fingerprints, and others others", async () => {
  const fingerprint = async (...stacks: Parameters<typeof openData>[0]) =>
    (await openData(stacks)).fingerprint;
  const first = await fingerprint(another("a.tif", 0));
  assert.match(first, /^[0-9a-f]{64}$/);
  assert.equal(await fingerprint(another("a.tif", 0)), first);
  const others = [
    [another("b.tif", 0)],
    [another("a.tif", 1)],
    [another("a.tif", 0), another("b.tif", 1)],
    [{ ...another("a.tif", 0), positions: Array.from({ length: 20 }, (_, z) => 2 * z) }],
  ];
  for (const stacks of others) assert.notEqual(await fingerprint(...stacks), first);
});

Deno.test("open() explains stacks that can't be trained on in one sentence", async () => {
  const good = another("good.tif", 1);
  const flat = fakeStack(sizes, { name: "flat.tif", sample: () => 0 });
  await refused(
    openData([good, flat]),
    "flat.tif holds 0 everywhere: there is nothing to learn from it.",
  );
  await refused(
    openData([good, fakeStack([1, 1, 2, 16, 16], { name: "two.tif" })]),
    "two.tif has 2 slices; training needs at least 3, two to look at and one between them.",
  );
  await refused(
    openData([good, fakeStack([1, 1, 9, 40, 60], { name: "small.tif" })], { patchSize: 64 }),
    "good.tif has slices of 16 x 16, too small for patches of 64 x 64: leave it out, since " +
      "patches are at least 64 x 64.",
  );
  await refused(
    openData([fakeStack([1, 1, 9, 40, 60], { name: "small.tif" })], { patchSize: 64 }),
    "small.tif has slices of 60 x 40, too small for patches of 64 x 64: leave it out, since " +
      "patches are at least 64 x 64.",
  );
  await refused(
    openData([fakeStack([1, 1, 9, 90, 100], { name: "small.tif" })], { patchSize: 96 }),
    "small.tif has slices of 100 x 90, too small for patches of 96 x 96: take patchSize: 80 or less.",
  );
  await refused(
    openData([another("a.tif", 0), another("copy.tif", 0)]),
    "copy.tif and a.tif hold the same slices, and one would be trained on, the other validated " +
      "on: give it once.",
  );
});

Deno.test("open() explains options that leave nothing to train on", async () => {
  const positions = Array.from({ length: 20 }, (_, z) => z * z);
  await refused(
    openData([fakeStack(sizes, { positions })]),
    "No triplet of slices is left to train on; slices that are not evenly spaced need " +
      'variant: "zaugnet+".',
  );
  await refused(openData([]), "There is no stack to train on.");
  await refused(
    openData([fakeStack(sizes)], { validation: "stacks" }),
    "Holding back whole stacks needs at least two; hold back blocks instead.",
  );
  await refused(
    openData([fakeStack(sizes)], { maxSpan: 1 }),
    "maxSpan must be a whole number of at least 2, not 1.",
  );
});

Deno.test("open() tells its progress and stops when aborted", async () => {
  const told: string[] = [];
  await openData([fakeStack([1, 1, 3, 16, 16])], {
    onProgress: (done, total) => told.push(`${done}/${total}`),
  });
  assert.deepEqual(told, ["1/3", "2/3", "3/3"]);
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(openData([fakeStack(sizes)], { signal }), { message: "enough" });
});

const golgi = shared("data/golgi_16bit.tif");

Deno.test({
  name: "open() prepares a real stack of 16 bits",
  ignore: !golgi,
  fn: async () => {
    const reader = await openStack(bytesSource(await Deno.readFile(golgi!), "golgi_16bit.tif"));
    const normalizer = await normalizerFor(reader);
    const data = await openData([{ reader, normalizer }], { variant: "zaugnet+", patchSize: 96 });
    assert.equal(
      data.reports[0],
      "golgi_16bit.tif: neighbouring slices that correlate far less than the others: 1 and 2 " +
        "(0.706, median 0.944); triplets over them are kept.",
    );
    assert.deepEqual(
      [...validatedSlices(data)].sort(),
      [21, 22, 23, 24].map((z) => `golgi_16bit.tif ${z}`),
    );
    const { before, truth, after, dpm, size } = await data.batch(0, 0);
    let [power, error] = [0, 0];
    truth.forEach((value, i) => {
      const part = dpm[Math.floor(i / size ** 2)];
      power += value ** 2;
      error += (value - before[i] - part * (after[i] - before[i])) ** 2;
    });
    assert.ok(error < 0.2 * power, "the truth lies between its neighbours");
  },
});
