import assert from "assert";
import { InputError } from "../../src/errors.ts";
import { frechetDistance } from "../../src/evaluation/frechet.ts";

/** Features that nobody has to store. */
function features(count: number, length: number, k: number): Float64Array[] {
  return Array.from(
    { length: count },
    (_, i) =>
      Float64Array.from(
        { length },
        (_, j) =>
          Math.sin(k + i * (j + 1) * 0.7) + Math.cos(i * 1.3 + j * j * 0.11 * k) + 0.1 * j * k,
      ),
  );
}

for (
  // numpy.cov and scipy.linalg.sqrtm, 1.10
  const { what, first, second, length, expected } of [
    { what: "many images", first: 40, second: 30, length: 6, expected: 1.6856630152481 },
    { what: "fewer images than features", first: 5, second: 7, length: 12, expected: 15.4318838 },
    { what: "few images against many", first: 8, second: 30, length: 10, expected: 8.4602598 },
  ]
) {
  Deno.test(`frechetDistance() of ${what} is SciPy's`, () => {
    const [a, b] = [features(first, length, 1), features(second, length, 2)];
    for (const distance of [frechetDistance(a, b), frechetDistance(b, a)]) {
      assert.ok(Math.abs(distance - expected) < 1e-6, `${distance}, SciPy ${expected}`);
    }
  });
}

Deno.test("frechetDistance() of features with themselves is 0, and of moved ones their distance", () => {
  const a = features(30, 5, 1);
  assert.ok(Math.abs(frechetDistance(a, a)) < 1e-6);
  const moved = a.map((row) => row.map((value, i) => i === 2 ? value + 3 : value));
  assert.ok(Math.abs(frechetDistance(a, moved) - 9) < 1e-6);
});

Deno.test("frechetDistance() needs two images", () => {
  const a = features(3, 4, 1);
  assert.throws(() => frechetDistance(a, a.slice(0, 1)), InputError);
});
