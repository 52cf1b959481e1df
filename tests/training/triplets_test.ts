import assert from "assert";
import { slicePositions, tripletsOf } from "../../src/training/triplets.ts";
import { fakeStack } from "./stand_ins.ts";

const even = (depth: number) => Array.from({ length: depth }, (_, z) => z);
const zaugnet = { variant: "zaugnet", maxSpan: 7, first: 0 } as const;
const plus = { variant: "zaugnet+", maxSpan: 7, first: 0 } as const;

Deno.test("tripletsOf() takes three neighbours for ZAugNet", () => {
  assert.deepEqual(tripletsOf(even(4), { ...zaugnet, end: 4 }), [
    { before: 0, middle: 1, after: 2, dpm: 0.5 },
    { before: 1, middle: 2, after: 3, dpm: 0.5 },
  ]);
});

Deno.test("tripletsOf() takes each triplet within the span once for ZAugNet+", () => {
  const triplets = tripletsOf(even(12), { ...plus, end: 12 });
  let expected = 0;
  for (let i = 0; i < 12; i++) {
    for (let k = i + 2; k < 12 && k - i <= 7; k++) expected += k - i - 1;
  }
  assert.equal(triplets.length, expected);
  assert.equal(new Set(triplets.map((triplet) => JSON.stringify(triplet))).size, expected);
  assert.ok(
    triplets.every(({ before, middle, after, dpm }) =>
      before < middle && middle < after && after - before <= 7 &&
      dpm === (middle - before) / (after - before)
    ),
  );
});

Deno.test("tripletsOf() counts distances in the stack's own positions", () => {
  const triplets = tripletsOf([0, 1, 4, 5], { ...plus, maxSpan: 2, end: 4 });
  assert.deepEqual(triplets.map(({ dpm }) => dpm), [0.25, 0.75]);
});

Deno.test("tripletsOf() takes for ZAugNet only slices half-way between their neighbours", () => {
  const triplets = tripletsOf([0, 1, 2.001, 5, 8.1], { ...zaugnet, end: 5 });
  assert.deepEqual(triplets.map(({ before }) => before), [0]);
});

Deno.test("tripletsOf() stays within its slices and reaches over no cut", () => {
  const triplets = tripletsOf(even(20), { ...plus, first: 4, end: 16, cuts: new Set([9]) });
  assert.ok(triplets.length > 0);
  for (const { before, after } of triplets) {
    assert.ok(before >= 4 && after < 16);
    assert.ok(after <= 9 || before >= 10, `${before}..${after} reaches over the cut after 9`);
  }
});

Deno.test("slicePositions() refuses positions that do not fit the stack", () => {
  const { reader } = fakeStack([1, 1, 3, 16, 16], { name: "a.tif" });
  const refused = (positions: number[], message: string) =>
    assert.throws(() => slicePositions(reader, positions), { name: "InputError", message });
  refused([0, 1], "a.tif has 3 slices, and 2 positions.");
  refused([0, 2, 2], "The positions of a.tif must be numbers in ascending order.");
  refused([0, NaN, 2], "The positions of a.tif must be numbers in ascending order.");
});
