import assert from "assert";
import { blur, photograph } from "../../src/sample/microscope.ts";
import { makeSampleStack } from "../../src/sample/sample_stack.ts";
import type { Volume } from "../../src/sample/tissue.ts";

const size = { seed: 1, z: 6, y: 40, x: 50 };

function volume(z: number, y: number, x: number, value = 0): Volume {
  return { z, y, x, step: { z: 0.3, xy: 0.3 }, data: new Float32Array(z * y * x).fill(value) };
}

/** Standard deviation of what a point became along the samples that lie `stride` apart. */
function spread({ data }: Volume, centre: number, stride: number): number {
  let [sum, squares] = [0, 0];
  for (let k = -10; k <= 10; k++) {
    sum += data[centre + k * stride];
    squares += data[centre + k * stride] * k * k;
  }
  return Math.sqrt(squares / sum);
}

Deno.test("makeSampleStack() makes slices of the size asked for, with their voxel size", () => {
  const { slices, voxelSize } = makeSampleStack(size);
  assert.deepEqual(slices.map(({ length }) => length), Array(6).fill(2000));
  assert.deepEqual(voxelSize, { x: 0.25, y: 0.25, z: 1, unit: "micron" });
});

Deno.test("makeSampleStack() makes the same bytes from the same seed only", () => {
  const { slices } = makeSampleStack(size);
  assert.deepEqual(slices, makeSampleStack(size).slices);
  assert.notDeepEqual(slices, makeSampleStack({ ...size, seed: 2 }).slices);
});

Deno.test("makeSampleStack() changes smoothly along z, so that a slice can be predicted", () => {
  const { slices: [first, second, third, , , last] } = makeSampleStack(size);
  const distance = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Math.sqrt(Array.from(a).reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0));
  const middle = Float32Array.from(first, (value, i) => (value + third[i]) / 2);
  assert.ok(distance(middle, second) < 0.7 * distance(first, third));
  assert.ok(distance(first, second) < 0.7 * distance(first, last));
});

Deno.test("blur() spreads a point three times more along z than in the plane", () => {
  const point = volume(21, 21, 21);
  const centre = 10 * 21 * 21 + 10 * 21 + 10;
  point.data[centre] = 1;
  const blurred = blur(point);
  const [x, y, z] = [1, 21, 441].map((stride) => spread(blurred, centre, stride));
  assert.equal(x.toFixed(4), y.toFixed(4));
  assert.ok(Math.abs(z / x - 3) < 0.1, `${z} against ${x}`);
});

Deno.test("blur() keeps an even light even, up to the border", () => {
  const { data } = blur(volume(3, 8, 8, 0.5));
  assert.ok(data.every((value) => Math.abs(value - 0.5) < 1e-6));
});

Deno.test("photograph() adds noise that grows with the root of the light", () => {
  const statistics = (light: number) => {
    const [slice] = photograph(volume(1, 200, 200, light), 5);
    const mean = slice.reduce((sum, value) => sum + value, 0) / slice.length;
    return { mean, variance: slice.reduce((sum, v) => sum + (v - mean) ** 2, 0) / slice.length };
  };
  const [dark, bright] = [statistics(0), statistics(1)];
  const gain = (bright.variance - dark.variance) / (bright.mean - dark.mean);
  assert.ok(Math.abs(gain - 4) < 0.2, `${gain} grey levels per photon`);
});
