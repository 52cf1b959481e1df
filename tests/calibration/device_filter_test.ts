import assert from "assert";
import { filterBands } from "../../src/calibration/band_filter.ts";
import { BANDS } from "../../src/calibration/bands.ts";
import { DeviceFilter } from "../../src/calibration/device_filter.ts";
import type { Plane } from "../../src/calibration/grams.ts";
import { testDevice } from "../support/device.ts";
import { seeded } from "./noise.ts";

const noise = seeded(9);

/** Three features of noise, the first around a half, and weights that differ in every band. */
function example(height: number, width: number): { features: Plane[]; weights: number[][] } {
  const features = [0.2, -0.5, -0.5].map((low) =>
    Float32Array.from({ length: height * width }, () => low + 0.6 * noise())
  );
  const weights = Array.from({ length: BANDS }, (_, b) => [1 - b / 20, 0.1 * b - 0.4, b / 12]);
  return { features, weights };
}

for (const [height, width] of [[128, 192], [70, 45], [3, 100], [1, 1], [97, 64]]) {
  Deno.test(`a device filters bands as the reference does, ${height} x ${width}`, async () => {
    const { features, weights } = example(height, width);
    for (const count of [2, 3]) {
      const filter = new DeviceFilter(await testDevice());
      const own = features.slice(0, count);
      const expected = filterBands(own, weights.map((row) => row.slice(0, count)), height, width);
      const slice = await filter.apply(own, weights, height, width);
      const off = Math.max(...slice.map((value, i) => Math.abs(value - expected[i])));
      // Float32 sums of 64 products, four transforms one after the other.
      assert.ok(off < 5e-6, `${count} features, off by ${off}`);
      filter.dispose();
    }
  });
}

Deno.test("strips and what else is under way change no bit", async () => {
  const { features, weights } = example(200, 90);
  const device = await testDevice();
  const [whole, strips] = [new DeviceFilter(device), new DeviceFilter(device, 2 * 5 * 16384)];
  const expected = await whole.apply(features, weights, 200, 90);
  const other = example(64, 64);
  const [slice] = await Promise.all([
    strips.apply(features, weights, 200, 90),
    whole.apply(other.features, other.weights, 64, 64),
  ]);
  assert.deepEqual(slice, expected);
  for (const filter of [whole, strips]) filter.dispose();
});

Deno.test("filtering leaves no device memory behind", async () => {
  const device = await testDevice();
  const before = device.liveBytes;
  const filter = new DeviceFilter(device);
  const { features, weights } = example(40, 40);
  await filter.apply(features, weights, 40, 40);
  filter.dispose();
  assert.equal(device.liveBytes, before);
});
