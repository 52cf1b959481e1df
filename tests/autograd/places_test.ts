import assert from "assert";
import {
  candidates,
  type ConvolutionKernelName,
} from "../../src/autograd/ops/convolution_choice.ts";
import { runConvolution } from "../../src/autograd/ops/convolution_kernels.ts";
import { add, concat, conv2dPrelu, warp } from "../../src/autograd/ops/mod.ts";
import { noGrad } from "../../src/autograd/op.ts";
import { elements, type Shape, ShapeError } from "../../src/autograd/shape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { assertClose } from "../support/assert_close.ts";
import { testDevice } from "../support/device.ts";
import { Formula } from "../support/formula.ts";

const device = await testDevice();
const formula = new Formula(0);

function tensor(name: string, shape: Shape): Tensor {
  return Tensor.from(device, shape, formula.values(`${name} ${shape}`, elements(shape)));
}

/** Channels from..from + count - 1 of values [n,c,h,w]. */
function channelsOf(values: Float32Array, [n, c, h, w]: Shape, from: number, count: number) {
  const area = h * w;
  return Float32Array.from(
    { length: n * count * area },
    (_, i) => values[(Math.floor(i / (count * area)) * c + from) * area + i % (count * area)],
  );
}

const WAYS = {
  "3x3": { kernel: 3, stride: 1, padding: 1, transposed: false },
  "3x3 of stride 2": { kernel: 3, stride: 2, padding: 1, transposed: false },
  "transposed 4x4 of stride 2": { kernel: 4, stride: 2, padding: 1, transposed: true },
};

for (const [what, { kernel: side, ...way }] of Object.entries(WAYS)) {
  Deno.test(`every kernel of a ${what} convolution reads and writes tensors within others`, async () => {
    const [inputs, outputs, around] = [20, 36, 8];
    const from = [9, 10] as const;
    const to = from.map((length) =>
      way.transposed ? length * 2 : Math.ceil(length / way.stride)
    ) as [number, number];
    const all = tensor("all", [3, around + inputs + 4, ...from]);
    const values = await all.read();
    const x = Tensor.from(
      device,
      [3, inputs, ...from],
      channelsOf(values, all.shape, around, inputs),
    );
    const [first, second] = way.transposed ? [inputs, outputs] : [outputs, inputs];
    const weight = tensor("weight", [first, second, side, side]);
    const [bias, slope] = ["bias", "slope"].map((name) => tensor(name, [1, outputs, 1, 1]));
    const geometry = { inputs, outputs, kernel: [side, side] as const, from, to, ...way };
    const kernels = new Set<ConvolutionKernelName>([
      ...["plain", "tiled16", "tiled32", "winogradTiled"] as const,
      ...candidates(device, geometry),
    ]);
    if (way.stride === 2 && !way.transposed) kernels.delete("winogradTiled");
    for (const kernel of kernels) {
      const options = { ...way, bias, slope, kernel };
      const y = Tensor.empty(device, [3, outputs, ...to]);
      runConvolution(device, x, weight, y, options);
      const wide: Shape = [3, 12 + outputs + 4, ...to];
      const before = formula.values("before", elements(wide));
      const whole = Tensor.from(device, wide, before);
      runConvolution(
        device,
        all.channels(around, inputs),
        weight,
        whole.channels(12, outputs),
        options,
      );
      const after = await whole.read();
      assertClose(channelsOf(after, wide, 12, outputs), await y.read(), 0, kernel);
      for (const [start, count] of [[0, 12], [12 + outputs, 4]]) {
        const untouched = channelsOf(before, wide, start, count);
        assertClose(channelsOf(after, wide, start, count), untouched, 0, `beside ${kernel}`);
      }
    }
  });
}

Deno.test("what is added to a convolution is added after its activation, by every kernel", async () => {
  const [x, weight] = [tensor("x", [2, 20, 9, 10]), tensor("weight", [36, 20, 3, 3])];
  const [bias, slope] = ["bias", "slope"].map((name) => tensor(name, [1, 36, 1, 1]));
  const plus = tensor("plus", [2, 36, 9, 10]);
  const way = { stride: 1, padding: 1, transposed: false };
  const sides = [9, 10] as const;
  const geometry = {
    inputs: 20,
    outputs: 36,
    kernel: [3, 3] as const,
    from: sides,
    to: sides,
    ...way,
  };
  const rest = candidates(device, geometry);
  for (const kernel of new Set([...["plain", "tiled32", "winogradTiled"] as const, ...rest])) {
    const result = (added?: Tensor) => {
      const y = Tensor.empty(device, plus.shape);
      runConvolution(device, x, weight, y, { ...way, bias, slope, kernel, plus: added });
      return added ? y.read() : add(y, plus).read();
    };
    // Not to the bit: a GPU may round the last product and the sum once.
    assertClose(await result(plus), await result(), 1e-6, kernel);
  }
});

Deno.test("a warp writes into a tensor within another", async () => {
  const [x, flow] = [tensor("x", [2, 8, 6, 7]), tensor("flow", [2, 4, 6, 7])];
  const whole = tensor("whole", [2, 16, 6, 7]);
  await noGrad(async () => {
    const into = whole.channels(4, 8);
    assert.equal(warp(x, flow, 2, into), into);
    const values = await whole.read();
    const alone = await warp(x, flow, 2).read();
    assertClose(channelsOf(values, whole.shape, 4, 8), alone, 0, "warp");
  });
});

Deno.test("tensors side by side in one memory are concatenated without a copy", async () => {
  const whole = tensor("whole", [2, 16, 3, 5]);
  const parts = [whole.channels(4, 8), whole.channels(12, 4)];
  await noGrad(async () => {
    const joined = concat(parts);
    assert.equal(joined.place.storage.id, whole.storage.id);
    assert.deepEqual(joined.shape, [2, 12, 3, 5]);
    // Read by an operation, since only whole tensors are downloaded.
    const weight = tensor("weight", [4, 12, 1, 1]);
    const [bias, slope] = ["bias", "slope"].map((name) => tensor(name, [1, 4, 1, 1]));
    const point = { stride: 1, padding: 0 };
    const copy = Tensor.from(
      device,
      joined.shape,
      channelsOf(await whole.read(), whole.shape, 4, 12),
    );
    const [found, expected] = [joined, copy].map((x) => conv2dPrelu(x, weight, bias, slope, point));
    assertClose(await found.read(), await expected.read(), 0, "conv2dPrelu");
  });
});

Deno.test("memory lives as long as one of the tensors in it", () => {
  const live = device.liveBytes;
  const whole = tensor("whole", [1, 8, 4, 4]);
  const part = whole.channels(4, 4);
  whole.dispose();
  assert.ok(device.liveBytes > live);
  part.dispose();
  assert.equal(device.liveBytes, live);
});

Deno.test("what takes whole tensors refuses one within another, and quads are not cut", () => {
  const whole = tensor("whole", [1, 16, 4, 4]);
  assert.throws(() => add(whole.channels(4, 8), whole.channels(4, 8)), /lies within another/);
  assert.throws(() => whole.channels(2, 4), ShapeError);
  assert.throws(() => whole.channels(12, 8), ShapeError);
  assert.throws(() => whole.channels(-4, 4), ShapeError);
  const [x, flow] = [tensor("x", [1, 8, 4, 4]), tensor("flow", [1, 4, 4, 4])];
  assert.throws(() => warp(x, flow, 0, whole.channels(0, 4)), /does not take its result/);
  const [point, weight] = [{ stride: 1, padding: 0 }, tensor("weight", [8, 8, 1, 1])];
  const [bias, slope] = ["bias", "slope"].map((name) => tensor(name, [1, 8, 1, 1]));
  assert.throws(() => conv2dPrelu(x, weight, bias, slope, point, { plus: flow }), /can't be added/);
});

Deno.test("nothing is added to what is written within another tensor", () => {
  const [x, weight] = [tensor("x", [1, 8, 16, 16]), tensor("weight", [8, 8, 3, 3])];
  const [bias, slope] = ["bias", "slope"].map((name) => tensor(name, [1, 8, 1, 1]));
  const into = tensor("whole", [1, 16, 16, 16]).channels(8, 8);
  const way = { stride: 1, padding: 1, transposed: false, bias, slope, plus: x };
  for (const kernel of ["plain", "winogradTiled"] as const) {
    const convolve = () => runConvolution(device, x, weight, into, { ...way, kernel });
    assert.throws(convolve, /lies within another/, kernel);
  }
});

Deno.test("a result that a history is recorded of is not written into another tensor", () => {
  const [x, flow] = [tensor("x", [1, 8, 4, 4]), tensor("flow", [1, 4, 4, 4])];
  x.requiresGrad = true;
  assert.throws(() => warp(x, flow, 0, tensor("into", x.shape)), /memory of their own/);
});
