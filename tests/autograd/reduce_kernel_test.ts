import assert from "assert";
import { full, mean, sum } from "../../src/autograd/ops/mod.ts";
import { sumOfSquares } from "../../src/autograd/ops/reduce_kernel.ts";
import { scope } from "../../src/autograd/scope.ts";
import type { Shape } from "../../src/autograd/shape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { assertClose } from "../support/assert_close.ts";
import { testDevice } from "../support/device.ts";
import { randomValues } from "../support/values.ts";

const device = await testDevice();

Deno.test("sum() of ones is exact up to a million", async () => {
  const x = full(device, [1, 4, 512, 512], 1);
  const [total, average] = scope(() => [sum(x), mean(x)]);
  assert.deepEqual([...await total.read(), ...await average.read()], [2 ** 20, 1]);
  for (const t of [x, total, average]) t.dispose();
});

Deno.test("the sum of squares is over all tensors, however many and of whatever sizes", async () => {
  const shapes: Shape[] = [[1, 1, 1, 1], [3, 9, 7, 5], [2, 4, 1, 1], [1, 70, 13, 11], [5, 1, 6, 2]];
  for (const count of [1, 3, 4, 5]) {
    const values = shapes.slice(0, count).map((shape, i) => randomValues(`squares ${i}`, shape));
    const tensors = values.map(({ shape, data }) => Tensor.from(device, shape, data));
    const total = sumOfSquares(tensors);
    const expected = values.reduce((sum, { data }) => data.reduce((s, v) => s + v * v, sum), 0);
    assertClose(await total.read(), [expected], 1e-6, `${count} tensors`);
    for (const tensor of [...tensors, total]) tensor.dispose();
  }
});
