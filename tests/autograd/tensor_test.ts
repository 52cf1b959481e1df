import assert from "assert";
import * as ops from "../../src/autograd/ops/mod.ts";
import { scope } from "../../src/autograd/scope.ts";
import { packChannels, type Shape, ShapeError } from "../../src/autograd/shape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { Device } from "../../src/gpu/device.ts";
import { testAdapter } from "../support/adapter.ts";
import { testDevice } from "../support/device.ts";
import { randomValues } from "../support/values.ts";

const device = await testDevice();

for (const shape of [[1, 1, 1, 1], [2, 3, 4, 5], [1, 9, 3, 2], [3, 4, 1, 7]] as Shape[]) {
  Deno.test(`a tensor [${shape}] reads as it was written`, async () => {
    const { data } = randomValues("x", shape);
    const x = Tensor.from(device, shape, data);
    assert.deepEqual(await x.read(), data);
    x.dispose();
  });
}

for (const shape of [[3, 1, 80, 90], [2, 9, 30, 31], [1, 1, 2049, 2050]] as Shape[]) {
  Deno.test(`a large tensor [${shape}] is packed by the device as the host packs it`, async () => {
    const { data } = randomValues("x", shape);
    data.set([-0, 1e-40, Infinity], 5);
    const before = device.liveBytes;
    const x = Tensor.from(device, shape, data.subarray());
    assert.deepEqual(await device.read(x.storage), packChannels(data, shape));
    assert.deepEqual(await x.read(), data);
    x.assign(data.toReversed());
    assert.deepEqual(await x.read(), data.toReversed());
    x.dispose();
    assert.equal(device.liveBytes, before);
  });
}

for (const sides of [[1, 90, 100], [2, 3, 4]] as const) {
  Deno.test(`a batch of [${sides}] is written and read entry by entry`, async () => {
    const { data } = randomValues("x", [3, ...sides]);
    const length = data.length / 3;
    const entries = [0, 1, 2].map((i) => data.subarray(i * length, (i + 1) * length));
    const x = Tensor.fromBatch(device, sides, entries);
    assert.deepEqual(await x.read(), data);
    assert.deepEqual(await x.readBatch(), entries.map((entry) => entry.slice()));
    assert.throws(() => Tensor.fromBatch(device, sides, [data]), ShapeError);
    x.dispose();
  });
}

Deno.test("assign() replaces the values for all that share them", async () => {
  const x = Tensor.from(device, [1, 2, 1, 1], [1, 2]);
  const shared = x.detach();
  x.assign(Float32Array.of(3, 4));
  assert.deepEqual([...await shared.read()], [3, 4]);
  for (const t of [x, shared]) t.dispose();
});

Deno.test("a detached tensor lives on when the other is disposed", async () => {
  const before = device.liveBytes;
  const x = Tensor.from(device, [1, 1, 1, 2], [1, 2]);
  const shared = x.detach();
  x.dispose();
  x.dispose();
  assert.deepEqual([...await shared.read()], [1, 2]);
  shared.dispose();
  assert.equal(device.liveBytes, before);
});

Deno.test("every use of a disposed tensor throws", async () => {
  const x = Tensor.from(device, [1, 1, 1, 2], [1, 2]);
  x.dispose();
  assert.equal(x.disposed, true);
  const message = /Tensor \[1,1,1,2\] was disposed/;
  await assert.rejects(() => x.read(), message);
  assert.throws(() => x.storage, message);
  assert.throws(() => x.detach(), message);
  assert.throws(() => x.assign(new Float32Array(2)), message);
  assert.throws(() => scope(() => ops.affine(x, 2, 0)), message);
});

Deno.test("an operation that fails gives its memory back", () => {
  const before = device.liveBytes;
  const x = Tensor.from(device, [1, 1, 1, 2], [1, 2]);
  x.dispose();
  assert.throws(() => ops.affine(x, 2, 0));
  assert.equal(device.liveBytes, before);
});

Deno.test("a tensor refuses values and shapes that do not fit", () => {
  const make = (shape: Shape, count: number) => () =>
    Tensor.from(device, shape, new Float32Array(count));
  const like = (pattern: RegExp) => (error: unknown) =>
    error instanceof ShapeError && pattern.test(error.message);
  assert.throws(make([1, 2, 3, 4], 23), like(/Shape \[1,2,3,4\] has 24 elements, not 23/));
  assert.throws(
    make([1, 0, 1, 1], 0),
    like(/\[1,0,1,1\] has a size that is not a positive integer/),
  );
  assert.throws(make([1, 1, 1, 1.5], 1), ShapeError);
  const x = Tensor.from(device, [1, 1, 1, 2], [1, 2]);
  assert.throws(() => x.assign(new Float32Array(3)), like(/\[1,1,1,2\] has 2 elements, not 3/));
  x.dispose();
});

Deno.test("tensors of two devices do not mix", async () => {
  const other = await Device.open(await testAdapter());
  const [x, y] = [device, other].map((d) => Tensor.from(d, [1, 1, 1, 1], [1]));
  assert.throws(() => ops.add(x, y), /add: its inputs live on different devices/);
  x.dispose();
  other.close();
});

/** Shapes that do not go together, and what must be said. */
const MISFITS: Readonly<Record<string, [Shape[], (xs: Tensor[]) => Tensor, RegExp]>> = {
  add: [
    [[1, 2, 3, 4], [1, 3, 3, 4]],
    ([a, b]) => ops.add(a, b),
    /^add: Shapes .* do not broadcast \(inputs \[1,2,3,4\] \[1,3,3,4\]\)$/,
  ],
  conv2d: [
    [[1, 9, 8, 8], [32, 4, 3, 3]],
    ([x, w]) => ops.conv2d(x, w, undefined, { stride: 1, padding: 1 }),
    /^conv2d: x has 9 channels, and the weight expects 4 \(inputs \[1,9,8,8\] \[32,4,3,3\]\)$/,
  ],
  "conv2d's bias": [
    [[1, 4, 8, 8], [32, 4, 3, 3], [1, 31, 1, 1]],
    ([x, w, b]) => ops.conv2d(x, w, b, { stride: 1, padding: 1 }),
    /the bias \[1,31,1,1\] do not fit 32 channels/,
  ],
  "conv2d's kernel": [
    [[1, 4, 2, 2], [1, 4, 4, 4]],
    ([x, w]) => ops.conv2d(x, w, undefined, { stride: 1, padding: 0 }),
    /kernel \[1,4,4,4\] is larger than the padded image/,
  ],
  convTranspose2d: [
    [[1, 4, 2, 2], [4, 1, 4, 4]],
    ([x, w]) => ops.convTranspose2d(x, w, undefined, { stride: 2, padding: 1, outputSize: [9, 9] }),
    /no convolution leads from \[9,9\] to \[2,2\]/,
  ],
  conv2dWeightGradient: [
    [[1, 4, 8, 8], [1, 4, 7, 8]],
    ([x, g]) => ops.conv2dWeightGradient(x, g, { stride: 1, padding: 1, kernelSize: [3, 3] }),
    /convolution of x is \[8,8\] pixels, not \[7,8\]/,
  ],
  prelu: [[[1, 4, 2, 2], [1, 3, 1, 1]], ([x, a]) => ops.prelu(x, a), /slopes \[1,3,1,1\]/],
  broadcastTo: [
    [[1, 4, 2, 2]],
    ([x]) => ops.broadcastTo(x, [1, 4, 1, 2]),
    /can't be repeated to the smaller shape \[1,4,1,2\]/,
  ],
  sumTo: [
    [[1, 4, 2, 2]],
    ([x]) => ops.sumTo(x, [2, 4, 2, 2]),
    /can't have the larger shape \[2,4,2,2\]/,
  ],
  concat: [[[1, 4, 2, 2], [1, 4, 2, 3]], (xs) => ops.concat(xs), /more than their channels/],
  sliceChannels: [
    [[1, 4, 2, 2]],
    ([x]) => ops.sliceChannels(x, 3, 2),
    /no channels 3\.\.4 among 4/,
  ],
  embedChannels: [[[1, 4, 2, 2]], ([x]) => ops.embedChannels(x, 1, 4), /do not fit into 4/],
  insertZeros: [[[1, 1, 2, 2]], ([x]) => ops.insertZeros(x, 3, 5), /not every second pixel/],
  gaussianBlur: [[[1, 1, 2, 9]], ([x]) => ops.gaussianBlur(x), /needs 3 x 3 pixels/],
  resizeBilinear: [[[1, 1, 2, 2]], ([x]) => ops.resizeBilinear(x, 0.25), /\[1,1,0,0\]/],
};

for (const [name, [shapes, run, message]] of Object.entries(MISFITS)) {
  Deno.test(`shapes that do not fit ${name} are refused with the reason`, () => {
    const before = device.liveBytes;
    const attempt = () => scope(() => run(shapes.map((shape) => ops.full(device, shape, 1))));
    assert.throws(attempt, (e) => e instanceof ShapeError && message.test(e.message));
    assert.equal(device.liveBytes, before, "memory is given back");
  });
}
