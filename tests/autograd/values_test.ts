import assert from "assert";
import { gradient } from "../../src/autograd/gradient.ts";
import * as ops from "../../src/autograd/ops/mod.ts";
import { sumOfSquares } from "../../src/autograd/ops/reduce_kernel.ts";
import { scope } from "../../src/autograd/scope.ts";
import { elements, type Shape } from "../../src/autograd/shape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { assertClose } from "../support/assert_close.ts";
import { randomValues, type Values } from "../support/check_gradients.ts";
import { testDevice } from "../support/device.ts";
import { Formula } from "../support/formula.ts";
import { build, pixel, type Place } from "../support/pixels.ts";

const device = await testDevice();

/** Runs an operation and compares it with a function of each place; spare channels must be 0. */
async function check(
  what: string,
  inputs: readonly Values[],
  run: (xs: readonly Tensor[]) => Tensor,
  expected: (place: Place) => number,
  tolerance = 1e-6,
): Promise<void> {
  const y = scope(() => run(inputs.map(({ shape, data }) => Tensor.from(device, shape, data))));
  assertClose(await y.read(), build(y.shape, expected), tolerance, what);
  const [n, c, h, w] = y.shape;
  const packed = await device.read(y.storage);
  const lanes = 4 * Math.ceil(c / 4);
  for (let i = 0; i < packed.length; i++) {
    const channel = 4 * (Math.floor(i / (4 * h * w)) % (lanes / 4)) + i % 4;
    if (channel >= c) {
      assert.equal(packed[i], 0, `${what}: spare channel ${channel} of [${n},${c}]`);
    }
  }
  y.dispose();
}

const X: Shape = [2, 5, 3, 4];

const UNARY: Readonly<Record<string, [(x: Tensor) => Tensor, (v: number) => number]>> = {
  affine: [(x) => ops.affine(x, -2, 3), (v) => -2 * v + 3],
  abs: [ops.abs, Math.abs],
  sign: [ops.sign, Math.sign],
  sigmoid: [ops.sigmoid, (v) => 1 / (1 + Math.exp(-v))],
  clamp: [(x) => ops.clamp(x, -0.5, 0.25), (v) => Math.min(Math.max(v, -0.5), 0.25)],
  inRange: [(x) => ops.inRange(x, -0.5, 0.25), (v) => v >= -0.5 && v <= 0.25 ? 1 : 0],
  safeSqrt: [ops.safeSqrt, (v) => Math.sqrt(Math.max(v, 0))],
  safeReciprocal: [ops.safeReciprocal, (v) => v > 0 ? 1 / v : 0],
  full: [(x) => ops.full(x.device, x.shape, 7), () => 7],
  leakyRelu: [(x) => ops.leakyRelu(x, 0.2), (v) => v > 0 ? v : 0.2 * v],
};

for (const [name, [run, expected]] of Object.entries(UNARY)) {
  Deno.test(`${name}() computes each value`, async () => {
    const x = randomValues("x", X);
    x.data[3] = 0;
    await check(name, [x], ([x]) => run(x), (place) => expected(pixel(x, place)));
  });
}

const BINARY: Readonly<
  Record<string, [typeof ops.add, (a: number, b: number) => number]>
> = {
  add: [ops.add, (a, b) => a + b],
  subtract: [ops.subtract, (a, b) => a - b],
  multiply: [ops.multiply, (a, b) => a * b],
  divide: [ops.divide, (a, b) => a / b],
  greater: [ops.greater, (a, b) => a > b ? 1 : 0],
};

/** X with every subset of its axes cut down to 1. */
const SUBSETS = Array.from(
  { length: 16 },
  (_, mask) => X.map((size, axis) => (mask >> axis) & 1 ? 1 : size) as unknown as Shape,
);

for (const [name, [run, expected]] of Object.entries(BINARY)) {
  Deno.test(`${name}() repeats either side along every set of axes`, async () => {
    for (const shape of SUBSETS) {
      const [whole, part] = [randomValues("whole", X), randomValues("part", shape)];
      for (const [a, b] of [[whole, part], [part, whole]]) {
        await check(
          `${name} [${a.shape}] [${b.shape}]`,
          [a, b],
          ([a, b]) => run(a, b),
          (place) => expected(pixel(a, place), pixel(b, place)),
        );
      }
    }
  });
}

Deno.test("both sides of an operation may be repeated at once", async () => {
  const [a, b] = [randomValues("a", [2, 1, 3, 1]), randomValues("b", [1, 5, 1, 4])];
  await check("add", [a, b], ([a, b]) => ops.add(a, b), (p) => pixel(a, p) + pixel(b, p));
});

Deno.test("broadcastTo() repeats along every set of axes", async () => {
  for (const shape of SUBSETS) {
    const x = randomValues("x", shape);
    const run = ([x]: readonly Tensor[]) => ops.broadcastTo(x, X);
    await check(`broadcastTo from [${shape}]`, [x], run, (place) => pixel(x, place), 0);
  }
});

for (const size of [[2, 5, 3, 4], [3, 9, 70, 67]] as Shape[]) {
  Deno.test(`sumTo() adds over every set of axes of [${size}]`, async () => {
    // None is negative, so that no sum is the small rest of large numbers.
    const x = { shape: size, data: randomValues("x", size).data.map(Math.abs) };
    for (let mask = 0; mask < 16; mask++) {
      const kept = size.map((n, axis) => (mask >> axis) & 1 ? 1 : n) as unknown as Shape;
      const sums = new Float64Array(elements(kept));
      const index = (place: Place) =>
        kept.reduce((at, n, axis) => at * n + (n === 1 ? 0 : place[axis]), 0);
      build(size, (place) => sums[index(place)] += pixel(x, place));
      const run = ([x]: readonly Tensor[]) => ops.sumTo(x, kept);
      await check(`sumTo [${kept}]`, [x], run, (place) => sums[index(place)], 2e-6);
    }
  });
}

Deno.test("sum() of ones is exact up to a million", async () => {
  const x = ops.full(device, [1, 4, 512, 512], 1);
  const [total, average] = scope(() => [ops.sum(x), ops.mean(x)]);
  assert.deepEqual([...await total.read(), ...await average.read()], [2 ** 20, 1]);
  for (const t of [x, total, average]) t.dispose();
});

Deno.test("concat(), sliceChannels() and embedChannels() move channels to any place", async () => {
  for (const counts of [[3, 6, 2], [4, 8, 1], [1, 1, 1, 1, 1], [5, 4]]) {
    const parts = counts.map((count, i) => randomValues(`part ${i}`, [2, count, 2, 3]));
    const source = ([b, channel, y, x]: Place) => {
      let rest = channel;
      const part = parts.find(({ shape: [, c] }) => rest < c || (rest -= c, false))!;
      return pixel(part, [b, rest, y, x]);
    };
    await check(`concat ${counts}`, parts, (xs) => ops.concat(xs), source, 0);
  }
  const x = randomValues("x", [2, 11, 2, 3]);
  for (const [from, count] of [[0, 11], [0, 3], [3, 6], [4, 4], [4, 7], [8, 2], [10, 1]]) {
    const run = ([x]: readonly Tensor[]) => ops.sliceChannels(x, from, count);
    const expected = ([b, c, y, column]: Place) => pixel(x, [b, c + from, y, column]);
    await check(`slice ${from} ${count}`, [x], run, expected, 0);
  }
  for (const [from, channels] of [[0, 11], [0, 13], [3, 14], [4, 15], [8, 24], [5, 16]]) {
    const run = ([x]: readonly Tensor[]) => ops.embedChannels(x, from, channels);
    const expected = ([b, c, y, column]: Place) =>
      c >= from && c < from + 11 ? pixel(x, [b, c - from, y, column]) : 0;
    await check(`embed ${from} ${channels}`, [x], run, expected, 0);
  }
});

Deno.test("decimate() takes every second pixel and insertZeros() puts it back", async () => {
  for (const [h, w] of [[1, 1], [2, 5], [5, 6], [7, 7]]) {
    const x = randomValues("x", [2, 5, h, w]);
    const twice = ([b, c, row, column]: Place): Place => [b, c, 2 * row, 2 * column];
    const run = ([x]: readonly Tensor[]) => ops.decimate(x);
    await check(`decimate ${h}x${w}`, [x], run, (place) => pixel(x, twice(place)), 0);
    const back = ([x]: readonly Tensor[]) => ops.insertZeros(ops.decimate(x), h, w);
    const expected = (place: Place) => place[2] % 2 || place[3] % 2 ? 0 : pixel(x, place);
    await check(`insertZeros ${h}x${w}`, [x], back, expected, 0);
  }
});

Deno.test("safeSqrt() at 0 has the value 0 and the gradient 0, twice", async () => {
  const x = Tensor.from(device, [1, 1, 1, 3], [0, -1, 4]);
  x.requiresGrad = true;
  const found = scope(() => {
    const y = ops.safeSqrt(x);
    const gradOutput = ops.full(device, y.shape, 1);
    const [first] = gradient(y, [x], { gradOutput, createGraph: true });
    const [second] = gradient(first!, [x], { gradOutput });
    return [y, first!, second!].map((t) => t.detach());
  });
  const values = await Promise.all(found.map((t) => t.read()));
  assert.deepEqual(values.map((v) => [...v]), [[0, 0, 2], [0, 0, 0.25], [0, 0, -0.03125]]);
  for (const t of [x, ...found]) t.dispose();
});

Deno.test("the sum of squares is over all tensors, however many and of whatever sizes", async () => {
  const shapes: Shape[] = [[1, 1, 1, 1], [3, 9, 7, 5], [2, 4, 1, 1], [1, 70, 13, 11], [5, 1, 6, 2]];
  for (const count of [1, 3, 4, 5]) {
    const values = shapes.slice(0, count).map((shape, i) =>
      new Formula(i).values("squares", elements(shape))
    );
    const tensors = values.map((data, i) => Tensor.from(device, shapes[i], data));
    const total = sumOfSquares(tensors);
    const expected = values.reduce((sum, data) => data.reduce((s, v) => s + v * v, sum), 0);
    assertClose(await total.read(), [expected], 1e-6, `${count} tensors`);
    for (const tensor of [...tensors, total]) tensor.dispose();
  }
});
