import assert from "assert";
import { estimate, studentQuantile } from "../../src/evaluation/mean_scores.ts";

Deno.test("studentQuantile() is that of the tables", () => {
  const table = [[1, 12.7062], [2, 4.3027], [3, 3.1824], [5, 2.5706], [10, 2.2281], [99, 1.9842]];
  for (const [degrees, expected] of table) {
    assert.ok(Math.abs(studentQuantile(degrees) - expected) < 5e-5, `${degrees} degrees`);
  }
});

Deno.test("estimate() gives the mean and the margin of its 95 % interval", () => {
  const { mean, margin } = estimate([1, 2, 3, 4]);
  assert.equal(mean, 2.5);
  // 3.1824 * sqrt(5/3) / 2
  assert.ok(Math.abs(margin - 2.0543) < 1e-4);
  assert.deepEqual(estimate([7]), { mean: 7, margin: NaN });
});
