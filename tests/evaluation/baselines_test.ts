import assert from "assert";
import { interpolateBaseline } from "../../src/evaluation/baselines.ts";
import { baselineTaps } from "../../src/stack/taps.ts";

/** Slices of two samples, each a function of z. */
function slices(count: number, ...values: ((z: number) => number)[]): Float64Array[] {
  return Array.from({ length: count }, (_, z) => Float64Array.from(values, (value) => value(z)));
}

Deno.test("linear interpolation is exact on a ramp, at any position", () => {
  const ramp = slices(5, (z) => 10 + 4 * z, (z) => 8 - z);
  for (const position of [0, 0.25, 1.5, 3.75, 4]) {
    assert.deepEqual(
      [...interpolateBaseline("linear", ramp, position)],
      [10 + 4 * position, 8 - position],
    );
  }
});

Deno.test("cubic interpolation is exact on quadratics where all four slices are there", () => {
  const quadratic = slices(6, (z) => 3 * z * z - 7 * z + 2, (z) => 5 * z);
  for (const position of [1, 1.25, 2.5, 3.875, 4]) {
    const [a, b] = interpolateBaseline("cubic", quadratic, position);
    assert.ok(Math.abs(a - (3 * position ** 2 - 7 * position + 2)) < 1e-12, `at ${position}`);
    assert.ok(Math.abs(b - 5 * position) < 1e-12, `a ramp at ${position}`);
  }
});

Deno.test("cubic interpolation repeats the last slice beyond the ends", () => {
  const values = slices(3, (z) => [8, 16, 64][z]);
  const [first] = interpolateBaseline("cubic", values, 0.5);
  assert.equal(first, (-8 + 9 * 8 + 9 * 16 - 64) / 16);
  const [last] = interpolateBaseline("cubic", values, 1.5);
  assert.equal(last, (-8 + 9 * 16 + 9 * 64 - 64) / 16);
});

Deno.test("cubic interpolation between two slices is linear midway", () => {
  assert.deepEqual([...interpolateBaseline("cubic", [[2], [4]], 0.5)], [3]);
});

Deno.test("nearest interpolation takes the nearer slice, midway the one before", () => {
  const values = slices(3, (z) => z);
  const at = (position: number) => interpolateBaseline("nearest", values, position)[0];
  assert.deepEqual([0, 0.25, 0.5, 0.75, 1.5, 1.625, 2].map(at), [0, 0, 0, 1, 1, 2, 2]);
});

Deno.test("an overshoot is clipped to the range that is given", () => {
  const values = slices(4, (z) => [0, 0, 0, 160][z]);
  assert.deepEqual([...interpolateBaseline("cubic", values, 1.5)], [-10]);
  assert.deepEqual([...interpolateBaseline("cubic", values, 1.5, [0, 255])], [0]);
});

Deno.test("the weights of every baseline sum to 1 at every position", () => {
  for (const baseline of ["nearest", "linear", "cubic"] as const) {
    for (let position = 0; position <= 3; position += 1 / 16) {
      const sum = baselineTaps(baseline, position, 4).reduce((all, { weight }) => all + weight, 0);
      assert.ok(Math.abs(sum - 1) < 1e-12, `${baseline} at ${position}`);
    }
  }
});

Deno.test("a position outside the kept slices is refused", () => {
  assert.throws(
    () => baselineTaps("linear", 2.5, 3),
    /Position 2.5 does not lie within 3 slices/,
  );
});
