import assert from "assert";
import { InputError } from "../../src/errors.ts";
import { chooseWindow } from "../../src/stack/intensity_window.ts";
import {
  defaultNormalization,
  type NormalizationOptions,
  Normalizer,
  normalizerFor,
} from "../../src/stack/normalizer.ts";
import { FakeReader, stackInfo } from "../prediction/stand_ins.ts";

const sixteenBit = new FakeReader(
  stackInfo([1, 2, 3, 4, 5], { sampleType: "uint16" }),
  (_t, c, z, i) => 1000 + 500 * c + 70 * z + i * i,
);

Deno.test("every normalisation undoes itself exactly for all 16-bit samples", async () => {
  const slice = Uint16Array.from({ length: 65536 }, (_, i) => i);
  for (
    const options of [
      { normalization: "dtype" },
      { normalization: "stack" },
      { normalization: "percentile" },
      { normalization: "zscore" },
      { range: [-20, 4095.5] },
    ] as NormalizationOptions[]
  ) {
    const normalizer = (await normalizerFor(sixteenBit, options)).at(0, 0);
    assert.deepEqual(normalizer.after(normalizer.before(slice), "uint16"), slice);
  }
});

Deno.test("Normalizer rounds and clips integers and leaves float32 as it is", () => {
  const normalizer = new Normalizer("range", { low: -10, high: 300 });
  const values = new Float32Array([0, 0.5, 0.0355, 1]);
  assert.deepEqual(normalizer.after(values, "uint8"), new Uint8Array([0, 145, 1, 255]));
  assert.deepEqual(
    normalizer.after(values, "float32"),
    values.map((value) => -10 + value * 310),
  );
});

Deno.test("dtype maps the type's range to 0..1, as the paper does for 8 bit", async () => {
  const reader = new FakeReader(stackInfo([1, 1, 2, 1, 1]), () => 7);
  const normalizer = await normalizerFor(reader);
  assert.deepEqual(
    normalizer.at(0, 0).before(new Uint8Array([0, 255, 51])),
    new Float32Array([0, 1, 0.2]),
  );
  assert.deepEqual(reader.reads, []);
});

Deno.test("per stack, the minimum and maximum over all channels and slices become 0 and 1", async () => {
  const { windows } = await normalizerFor(sixteenBit, { per: "stack" });
  assert.deepEqual(windows, [{ low: 1000, high: 1000 + 500 + 140 + 361 }]);
});

Deno.test("by default, each channel has a range of its own over all frames and slices", async () => {
  const normalizer = await normalizerFor(sixteenBit);
  const ends = [0, 1].map((c) => ({ low: 1000 + 500 * c, high: 1000 + 500 * c + 140 + 361 }));
  assert.deepEqual(normalizer.windows, ends);
  assert.deepEqual(normalizer.at(0, 1).before(Uint16Array.of(1500, 2001)), Float32Array.of(0, 1));
  assert.deepEqual(normalizer.describe(), {
    normalization: "stack",
    normalization_low: "1000,1500",
    normalization_high: "1501,2001",
    normalization_per: "channel",
  });
});

Deno.test("per frame, each channel of each frame has a range of its own", async () => {
  const info = stackInfo([2, 2, 3, 1, 2], { sampleType: "uint16" });
  const reader = new FakeReader(info, (t, c, z, i) => 1000 * t + 100 * c + 10 * z + i);
  const normalizer = await normalizerFor(reader, { per: "frame" });
  assert.deepEqual(
    normalizer.windows,
    [0, 100, 1000, 1100].map((low) => ({ low, high: low + 21 })),
  );
  const { low } = normalizer.at(1, 0);
  assert.equal(low, 1000);
});

Deno.test("transparency is not measured", async () => {
  const info = stackInfo([1, 2, 2, 1, 1], { sampleType: "uint16", alpha: 0 });
  const reader = new FakeReader(info, (_t, c, z) => c === 0 ? 65535 : 10 + z);
  const { windows } = await normalizerFor(reader, { per: "stack" });
  assert.deepEqual(windows, [{ low: 10, high: 11 }]);
});

Deno.test("a range that is given, and the type's, hold for all channels", async () => {
  const given = await normalizerFor(sixteenBit, { range: [0, 10] });
  assert.deepEqual(given.windows, [{ low: 0, high: 10 }]);
  const type = await normalizerFor(sixteenBit, { normalization: "dtype" });
  assert.deepEqual(type.windows, [{ low: 0, high: 65535 }]);
});

Deno.test("percentile leaves an eighth of room beyond its percentiles", () => {
  const statistics = { min: -1e6, max: 1e6, mean: 0, standardDeviation: 1, percentiles: [0, 80] };
  assert.deepEqual(chooseWindow("percentile", statistics), { low: -10, high: 90 });
});

Deno.test("percentile gives no room where there are no samples", () => {
  const statistics = { min: 0, max: 85, mean: 9, standardDeviation: 1, percentiles: [1, 80] };
  assert.deepEqual(chooseWindow("percentile", statistics), { low: 0, high: 85 });
});

Deno.test("percentile falls back on minimum and maximum where its percentiles are equal", () => {
  const statistics = { min: 0, max: 9, mean: 0, standardDeviation: 1, percentiles: [0, 0] };
  assert.deepEqual(chooseWindow("percentile", statistics), { low: 0, high: 9 });
});

Deno.test("zscore puts the mean in the middle and cuts no sample", () => {
  const statistics = { min: 0, max: 100, mean: 10, standardDeviation: 5, percentiles: [] };
  assert.deepEqual(chooseWindow("zscore", statistics), { low: -80, high: 100 });
  assert.deepEqual(chooseWindow("zscore", { ...statistics, max: 20 }), { low: -10, high: 30 });
});

Deno.test("describe() names the normalisation and its window", async () => {
  const normalizer = await normalizerFor(sixteenBit, { range: [10, 20] });
  assert.deepEqual(normalizer.describe(), {
    normalization: "range",
    normalization_low: "10",
    normalization_high: "20",
  });
});

Deno.test("defaultNormalization() is the paper's for 8 bit only", () => {
  assert.deepEqual(
    (["uint8", "uint16", "float32"] as const).map(defaultNormalization),
    ["dtype", "stack", "stack"],
  );
});

Deno.test("normalizerFor() refuses ranges and percentiles that are none", async () => {
  for (
    const [options, message] of [
      [{ range: [5, 5] }, /range needs two numbers/],
      [{ range: [NaN, 5] }, /range needs two numbers/],
      [{ range: [0, 5], normalization: "stack" }, /not both/],
      [{ normalization: "percentile", percentiles: [99, 1] }, /Percentiles need/],
    ] as [NormalizationOptions, RegExp][]
  ) {
    await assert.rejects(
      normalizerFor(sixteenBit, options),
      (error: Error) => error instanceof InputError && message.test(error.message),
    );
  }
});

Deno.test("normalizerFor() refuses the type's range for float stacks", async () => {
  const reader = new FakeReader(stackInfo([1, 1, 2, 1, 1], { sampleType: "float32" }), () => 1);
  await assert.rejects(
    normalizerFor(reader, { normalization: "dtype" }),
    /normalization: "stack", or give the two ends of one \(range\)/,
  );
});
