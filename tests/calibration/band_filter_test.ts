import assert from "assert";
import { filterBands, mirrored } from "../../src/calibration/band_filter.ts";
import { BANDS, bandsOf } from "../../src/calibration/bands.ts";
import type { Plane } from "../../src/calibration/grams.ts";
import { seeded } from "./noise.ts";

const noise = seeded(7);

function noisy(height: number, width: number): Plane {
  return Float32Array.from({ length: height * width }, () => 0.2 + 0.6 * noise());
}

function off(a: Plane, b: Plane): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i])));
}

const ALIKE = Array.from({ length: BANDS }, () => [1, -0.5]);

for (const [height, width] of [[128, 96], [70, 45], [3, 200], [1, 1], [64, 33]]) {
  Deno.test(`weights alike in all bands weigh the samples themselves, ${height} x ${width}`, () => {
    const [a, b] = [noisy(height, width), noisy(height, width).map((value) => value - 0.5)];
    const slice = filterBands([a, b], ALIKE, height, width);
    assert.ok(off(slice, a.map((value, i) => value - 0.5 * b[i])) < 1e-6);
  });
}

Deno.test("a change reaches no farther than its blocks do", () => {
  const [height, width] = [96, 320];
  const weights = Array.from({ length: BANDS }, (_, band) => [1 - band / 20]);
  const before = noisy(height, width);
  const after = before.slice();
  for (let y = 0; y < height; y++) after[y * width + 160] += 0.1;
  const [a, b] = [before, after].map((plane) => filterBands([plane], weights, height, width));
  for (let i = 0; i < a.length; i++) {
    if (Math.abs(i % width - 160) > 63) assert.equal(a[i], b[i], `column ${i % width}`);
  }
  assert.notEqual(a[160 + 5], b[160 + 5]);
});

Deno.test("slices are clipped to 0..1", () => {
  const weights = Array.from({ length: BANDS }, () => [3]);
  const slice = filterBands([noisy(40, 40).map((value) => value - 0.5)], weights, 40, 40);
  assert.equal(Math.min(...slice), 0);
  assert.ok(Math.max(...slice) <= 1);
});

Deno.test("planes are mirrored with their edges repeated, however short they are", () => {
  assert.deepEqual([-4, -3, -2, -1, 0, 1, 2, 3, 4, 5].map((i) => mirrored(i, 3)), [
    ...[2, 2, 1, 0, 0, 1, 2, 2, 1, 0],
  ]);
  assert.deepEqual([-2, 0, 5].map((i) => mirrored(i, 1)), [0, 0, 0]);
});

Deno.test("bands are half octaves of radial frequency, an edge in the band below it", () => {
  const bands = bandsOf(64, 64);
  const at = (v: number, u: number) => bands[64 * v + u];
  assert.equal(at(0, 0), 0);
  assert.deepEqual([at(0, 32), at(0, 33)], [8, 9]);
  assert.deepEqual([at(32, 32), at(33, 32)], [9, 10]);
  assert.deepEqual([at(63, 0), at(63, 63)], [10, 11]);
  assert.deepEqual([at(0, 2), at(1, 2), at(0, 3)], [0, 1, 2]);
});
