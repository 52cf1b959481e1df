import assert from "assert";
import { gradient } from "../../src/autograd/gradient.ts";
import { conv2d, sum } from "../../src/autograd/ops/mod.ts";
import { scope } from "../../src/autograd/scope.ts";
import { ShapeError } from "../../src/autograd/shape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { Adam } from "../../src/nn/adam.ts";
import { Parameters } from "../../src/nn/module.ts";
import { assertClose } from "../support/assert_close.ts";
import { testDevice } from "../support/device.ts";
import { Formula } from "../support/formula.ts";

const formula = new Formula(0);

Deno.test("Adam's moments are those of float64 arithmetic to seven digits", async () => {
  const device = await testDevice();
  const p = Tensor.from(device, [1, 5, 1, 1], formula.values("p", 5));
  const adam = new Adam([["p", p]]);
  const first = [0, 0, 0, 0, 0];
  const second = [0, 0, 0, 0, 0];
  for (let step = 0; step < 3; step++) {
    const values = formula.values(`g${step}`, 5);
    const g = Tensor.from(device, p.shape, values);
    adam.step([g]);
    g.dispose();
    values.forEach((value, i) => {
      first[i] = 0.9 * first[i] + 0.1 * value;
      second[i] = 0.999 * second[i] + 0.001 * value * value;
    });
  }
  const state = await adam.state();
  assertClose(state.get("p.exp_avg")!.data, first, 3e-7, "first moments");
  assertClose(state.get("p.exp_avg_sq")!.data, second, 3e-7, "second moments");
  assert.deepEqual([...state.get("p.step")!.data], [3]);
  adam.dispose();
  p.dispose();
});

Deno.test("Adam takes gradients times a factor for gradients", async () => {
  const device = await testDevice();
  const tensor = (name: string, factor = 1) =>
    Tensor.from(device, [1, 6, 1, 1], formula.values(name, 6).map((value) => factor * value));
  const [p, q, g, half] = [tensor("p"), tensor("p"), tensor("g"), tensor("g", 0.5)];
  const [given, halved] = [new Adam([["p", p]]), new Adam([["p", q]])];
  given.step([half]);
  halved.step([g], 0.5);
  assert.deepEqual(await q.read(), await p.read());
  assert.deepEqual(await halved.state(), await given.state());
  for (const adam of [given, halved]) adam.dispose();
  for (const t of [p, q, g, half]) t.dispose();
});

Deno.test("Adam continues from a restored state with the same bits", async () => {
  const device = await testDevice();
  const tensor = (name: string) => Tensor.from(device, [1, 6, 1, 1], formula.values(name, 6));
  const steps = ["g0", "g1", "g2", "g3"].map(tensor);
  const straight = tensor("p");
  const whole = new Adam([["p", straight]], { learningRate: 0.1 });
  for (const g of steps) whole.step([g]);

  const first = tensor("p");
  const before = new Adam([["p", first]], { learningRate: 0.1 });
  for (const g of steps.slice(0, 2)) before.step([g]);
  const resumed = Tensor.from(device, first.shape, await first.read());
  const after = new Adam([["p", resumed]], { learningRate: 0.1 });
  after.restore(await before.state());
  for (const g of steps.slice(2)) after.step([g]);

  assert.deepEqual(await resumed.read(), await straight.read());
  assert.deepEqual(await after.state(), await whole.state());
  for (const adam of [whole, before, after]) adam.dispose();
  for (const t of [...steps, straight, first, resumed]) t.dispose();
});

Deno.test("Adam refuses a state that does not fit and keeps its own", async () => {
  const device = await testDevice();
  const p = Tensor.from(device, [1, 2, 1, 1], [1, 2]);
  const q = Tensor.from(device, [1, 3, 1, 1], [1, 2, 3]);
  const adam = new Adam([["p", p], ["q", q]]);
  const state = await adam.state();
  const other = new Map([...state].filter(([name]) => name !== "q.exp_avg"));
  other.set("p.step", { shape: [], data: Float32Array.of(7) });
  assert.throws(() => adam.restore(other), /3 values of q\.exp_avg, not undefined/);
  assert.deepEqual(await adam.state(), state);
  adam.dispose();
  p.dispose();
  q.dispose();
});

Deno.test("Adam leaves a parameter without gradient as it is", async () => {
  const device = await testDevice();
  const p = Tensor.from(device, [1, 2, 1, 1], [1, 2]);
  const q = Tensor.from(device, [1, 2, 1, 1], [3, 4]);
  const g = Tensor.from(device, [1, 2, 1, 1], [1, -1]);
  const adam = new Adam([["p", p], ["q", q]], { learningRate: 0.5 });
  adam.step([undefined, g]);
  assert.deepEqual([...await p.read()], [1, 2]);
  assertClose(await q.read(), [2.5, 4.5], 1e-6, "q after a step");
  const state = await adam.state();
  assert.deepEqual(["p.step", "q.step"].map((name) => state.get(name)!.data[0]), [0, 1]);
  adam.dispose();
  for (const t of [p, q, g]) t.dispose();
});

Deno.test("a convolution after a step takes the new weights", async () => {
  const device = await testDevice();
  const before = device.liveBytes;
  const parameters = new Parameters(device, {
    get: (_, shape) => ({ shape, data: new Float32Array(9).fill(1) }),
  });
  const weight = parameters.declare("weight", [1, 1, 3, 3]);
  const adam = new Adam(parameters.entries(), { learningRate: 0.25 });
  const x = Tensor.from(device, [1, 1, 3, 3], new Float32Array(9).fill(1));
  const convolve = () => sum(conv2d(x, weight, undefined, { stride: 1, padding: 0 }));
  scope(() => adam.step(gradient(convolve(), [weight])));
  const y = scope(() => convolve().detach());
  assertClose(await y.read(), [9 * 0.75], 1e-6, "sum of weights");
  for (const t of [x, y]) t.dispose();
  adam.dispose();
  parameters.dispose();
  assert.equal(device.liveBytes, before, "memory is given back");
});

Deno.test("Adam names the parameter that a gradient does not fit", async () => {
  const device = await testDevice();
  const p = Tensor.from(device, [1, 2, 1, 1], [1, 2]);
  const g = Tensor.from(device, [1, 3, 1, 1], [1, 2, 3]);
  const adam = new Adam([["conv.bias", p]]);
  assert.throws(() => adam.step([g]), (error) => {
    assert.ok(error instanceof ShapeError);
    assert.match(error.message, /\[1,3,1,1\] does not fit the parameter conv\.bias \[1,2,1,1\]/);
    return true;
  });
  assert.throws(() => adam.step([]), /Adam has 1 parameters, not 0/);
  adam.dispose();
  p.dispose();
  g.dispose();
});

Deno.test("Adam refuses an epsilon of 0", () => {
  assert.throws(() => new Adam([], { epsilon: 0 }), RangeError);
});
