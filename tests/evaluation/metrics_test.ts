import assert from "assert";
import { ErrorSum, meanBias, psnr, rmse } from "../../src/evaluation/metrics.ts";

Deno.test("RMSE, PSNR and bias are what one computes by hand", () => {
  const [predicted, truth] = [[3, 0, 5, 4], [0, 4, 5, 4]];
  assert.equal(rmse(predicted, truth), 2.5);
  assert.equal(psnr(predicted, truth), 20 * Math.log10(255 / 2.5));
  assert.equal(psnr(predicted, truth, 5), 20 * Math.log10(2));
  assert.equal(meanBias(predicted, truth), -0.25);
});

Deno.test("equal slices have an infinite PSNR and no bias", () => {
  assert.equal(psnr([1, 2], [1, 2]), Infinity);
  assert.equal(meanBias([1, 2], [1, 2]), 0);
});

Deno.test("ErrorSum pools errors: a PSNR of several slices is not a mean of theirs", () => {
  const sum = new ErrorSum().add([0, 0], [0, 0]).add([4, 4], [0, 0]);
  assert.equal(sum.rmse, Math.sqrt(8));
  assert.equal(sum.bias, 2);
});

Deno.test("slices of different sizes are not compared", () => {
  assert.throws(() => rmse([1, 2], [1, 2, 3]), /Cannot compare 2 samples with 3/);
});
