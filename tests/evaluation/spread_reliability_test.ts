import assert from "assert";
import { ReliabilitySums, spearman } from "../../src/evaluation/spread_reliability.ts";

Deno.test("spearman() is scipy's, ties sharing their mean rank", () => {
  // scipy.stats.spearmanr([3, 1, 4, 1, 5, 9, 2, 6], [2, 7, 1, 8, 2, 8, 1, 8]).statistic
  const value = spearman([3, 1, 4, 1, 5, 9, 2, 6], [2, 7, 1, 8, 2, 8, 1, 8]);
  assert.ok(Math.abs(value - 0.19885368120992467) < 1e-12, `${value}`);
  assert.equal(spearman([1, 2, 3, 4], [10, 20, 25, 1000]), 1);
  assert.equal(spearman([1, 2, 3, 4], [4, 3, 2, 1]), -1);
});

Deno.test("spearman() has no value where one side is all the same", () => {
  assert.ok(Number.isNaN(spearman([1, 1, 1], [1, 2, 3])));
});

/** Sums of twelve uniform numbers: nearly normal, and the same on every run. */
function gaussian(count: number): Float64Array {
  const sums = Float64Array.from({ length: count }, () => 0);
  let state = 12345;
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < 12; k++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      sums[i] += state / 2 ** 32;
    }
    sums[i] -= 6;
  }
  return sums;
}

Deno.test("errors drawn with the spread as their width are found reliable", () => {
  const sums = new ReliabilitySums();
  const noise = gaussian(4 * 4096);
  for (let slice = 0; slice < 4; slice++) {
    const spread = Float64Array.from({ length: 4096 }, (_, i) => (1 + slice) * (1 + i % 8));
    const truth = new Float64Array(4096).fill(100);
    const predicted = truth.map((value, i) => value + spread[i] * noise[slice * 4096 + i]);
    sums.add(spread, predicted, truth);
  }
  const { samples, rankCorrelation, sliceRankCorrelation, tenths } = sums.result;
  assert.equal(samples, 4 * 4096);
  assert.equal(sliceRankCorrelation, 1);
  assert.ok(rankCorrelation > 0.4 && rankCorrelation < 0.8, `${rankCorrelation}`);
  for (const { spread, rmse, within1, within2 } of tenths) {
    assert.ok(Math.abs(rmse / spread - 1) < 0.06, `${rmse} for ${spread}`);
    assert.ok(Math.abs(within1 - 0.68) < 0.04 && Math.abs(within2 - 0.955) < 0.02);
  }
  assert.ok(tenths.every(({ spread }, i) => i === 0 || spread >= tenths[i - 1].spread));
});
