import assert from "assert";
import {
  add,
  affine,
  concat,
  conv2d,
  full,
  resizeBilinear,
  sliceChannels,
  sum,
  warp,
} from "../../src/autograd/ops/mod.ts";
import { scope } from "../../src/autograd/scope.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { Device } from "../../src/gpu/device.ts";
import { Kernel } from "../../src/gpu/kernel.ts";
import { assertClose } from "../support/assert_close.ts";
import { testAdapter } from "../support/adapter.ts";
import { sumByLabel } from "../../src/gpu/profiler.ts";
import { testDevice } from "../support/device.ts";
import { Formula } from "../support/formula.ts";

const formula = new Formula(0);
const squareInPlace = new Kernel(
  "square_in_place",
  `@group(0) @binding(0) var<storage, read_write> x: array<vec4f>;
  @compute @workgroup_size(1) fn main() { x[0] = x[0] * x[0]; }`,
);

for (const readsTextures of [false, true]) {
  const way = readsTextures ? "through textures" : "from buffers";
  const withDevice = (test: (device: Device) => Promise<void>) => async () => {
    const device = await Device.open(await testAdapter(), { readsTextures });
    await test(device).finally(() => device.close());
  };

  Deno.test(
    `values uploaded after recorded work do not reach it, reading ${way}`,
    withDevice(async (device) => {
      const x = Tensor.from(device, [1, 1, 1, 2], [1, 2]);
      const before = affine(x, 10, 0);
      x.assign(Float32Array.of(3, 4));
      const after = affine(x, 10, 0);
      assert.deepEqual([...await before.read()], [10, 20]);
      assert.deepEqual([...await after.read()], [30, 40]);
    }),
  );

  Deno.test(
    `a buffer that is freed and taken again holds the new values, reading ${way}`,
    withDevice(async (device) => {
      const first = full(device, [1, 4, 8, 8], 1);
      const one = sum(first);
      first.dispose();
      const second = full(device, [1, 4, 8, 8], 2);
      const two = sum(second);
      assert.deepEqual([...await one.read(), ...await two.read()], [256, 512]);
    }),
  );

  Deno.test(
    `values that a kernel changes in place are read anew, reading ${way}`,
    withDevice(async (device) => {
      const x = full(device, [1, 4, 1, 1], 3);
      const before = sum(x);
      device.run(squareInPlace, { x: x.storage }, {}, [1, 1, 1]);
      const after = sum(x);
      assert.deepEqual([...await before.read(), ...await after.read()], [12, 36]);
    }),
  );

  Deno.test(
    `a cleared buffer reads as zeros, reading ${way}`,
    withDevice(async (device) => {
      const x = full(device, [1, 4, 1, 1], 7);
      const before = sum(x);
      device.clear(x.storage);
      const after = sum(x);
      assert.deepEqual([...await before.read(), ...await after.read()], [28, 0]);
    }),
  );

  Deno.test(
    `hundreds of recorded dispatches keep their order and parameters, reading ${way}`,
    withDevice(async (device) => {
      const x = Tensor.from(device, [1, 1, 1, 1], [0]);
      const y = scope(() => {
        let value: Tensor = x;
        for (let i = 0; i < 700; i++) value = affine(value, i % 2 === 0 ? 2 : 0.5, i % 7);
        return value;
      });
      let expected = 0;
      for (let i = 0; i < 700; i++) expected = expected * (i % 2 === 0 ? 2 : 0.5) + i % 7;
      assertClose(await y.read(), [expected], 1e-6, "result");
    }),
  );
}

Deno.test("results are the same whether inputs are read through textures or from buffers", async () => {
  const adapter = await testAdapter();
  const results: Float32Array[][] = [];
  for (const readsTextures of [false, true]) {
    const device = await Device.open(adapter, { readsTextures });
    const tensor = (name: string, shape: Tensor["shape"]) =>
      Tensor.from(device, shape, formula.values(name, shape.reduce((a, b) => a * b)));
    const x = tensor("x", [2, 6, 20, 28]);
    const flow = tensor("flow", [2, 4, 20, 28]);
    const outputs = scope(() => {
      const weight = tensor("weight", [9, 6, 3, 3]);
      const bias = tensor("bias", [1, 9, 1, 1]);
      return [
        conv2d(x, weight, bias, { stride: 2, padding: 1 }),
        warp(x, affine(flow, 4, 0), 2),
        resizeBilinear(x, 0.5),
        concat([sliceChannels(x, 1, 3), x]),
        add(x, sliceChannels(x, 5, 1)),
        sum(x),
      ];
    });
    results.push(await Promise.all(outputs.map((y) => y.read())));
    device.close();
  }
  results[0].forEach((values, i) => assertClose(results[1][i], values, 1e-6, `output ${i}`));
});

Deno.test("a device counts live bytes and their peak", async () => {
  const device = await Device.open(await testAdapter(), { readsTextures: false });
  const x = full(device, [1, 4, 16, 16], 1);
  const y = add(x, x);
  assert.deepEqual([device.liveBytes, device.peakBytes], [8192, 8192]);
  y.dispose();
  assert.deepEqual([device.liveBytes, device.peakBytes], [4096, 8192]);
  device.resetPeak();
  assert.equal(device.peakBytes, 4096);
  device.close();
});

const canProfile = (await testDevice()).adapter.features.includes("timestamp-query");
Deno.test({
  name: "a profile sums the time of each kernel and operation",
  ignore: !canProfile,
  async fn() {
    const device = await testDevice();
    const x = full(device, [1, 4, 64, 64], 1);
    device.startProfile();
    for (let i = 0; i < 3; i++) affine(x, 2, 0).dispose();
    add(x, x).dispose();
    const profile = sumByLabel(await device.stopProfile());
    assert.deepEqual(
      profile.map(({ label, dispatches }) => [label, dispatches]).sort(),
      [["binary: add [1,4,64,64] [1,4,64,64]", 1], ["unary: affine [1,4,64,64]", 3]],
    );
    assert.ok(profile.every(({ milliseconds }) => milliseconds > 0));
    affine(x, 2, 0).dispose();
    assert.deepEqual(await device.stopProfile(), [], "nothing is timed after the profile ended");
    x.dispose();
  },
});

Deno.test({
  name: "a profile of more dispatches than a query set holds has them all, in their order",
  ignore: !canProfile,
  async fn() {
    const device = await testDevice();
    const x = full(device, [1, 1, 1, 1], 0);
    device.startProfile();
    const y = scope(() => {
      let value = x;
      for (let i = 0; i < 2100; i++) value = affine(value, 1, 1);
      return value;
    });
    const times = await device.stopProfile();
    assert.equal(times.length, 2100);
    times.slice(1).forEach(({ start, end }, i) => assert.ok(times[i].end <= start && start <= end));
    assert.deepEqual([...await y.read()], [2100]);
    x.dispose();
    y.dispose();
  },
});
