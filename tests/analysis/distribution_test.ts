import assert from "assert";
import { correlation, distribution } from "../../src/analysis/distribution.ts";

const NUMPY = [28.7720167, 67.38058763, 112.20267733, 71.91936821, 48.9967289985];

Deno.test("mean, spread and quartiles are numpy's", () => {
  // numpy.percentile(a, [25, 50, 75]), a.mean(), a.std(ddof=1) of a = arange(1, 51) ** 1.3
  const { mean, standardDeviation, lowerQuartile, median, upperQuartile } = distribution(
    Array.from({ length: 50 }, (_, i) => (50 - i) ** 1.3),
  );
  NUMPY.forEach((expected, i) => {
    const value = [lowerQuartile, median, upperQuartile, mean, standardDeviation][i]!;
    assert.ok(Math.abs(value - expected) < 1e-6 * expected, `${value} is not ${expected}`);
  });
});

Deno.test("of no numbers there is a sum, and no mean", () => {
  assert.deepEqual(distribution([]), { count: 0, sum: 0 });
});

Deno.test("numbers that do not vary have no correlation", () => {
  assert.equal(correlation([[1, 2], [1, 3]]), undefined);
  assert.equal(correlation([]), undefined);
});
