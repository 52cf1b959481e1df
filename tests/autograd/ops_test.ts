import assert from "assert";
import { gradient } from "../../src/autograd/gradient.ts";
import { NotDifferentiableError } from "../../src/autograd/op.ts";
import * as ops from "../../src/autograd/ops/mod.ts";
import { scope } from "../../src/autograd/scope.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { assertClose } from "../support/assert_close.ts";
import { checkGradients, randomValues, type Values } from "../support/check_gradients.ts";
import { testDevice } from "../support/device.ts";
import { type Case, CONSTANT, FIRST_ORDER, FUSED, SECOND_ORDER } from "./op_cases.ts";

const device = await testDevice();

function valuesOf(inputs: Case["inputs"]): Values[] {
  return inputs.map((input, i) => "data" in input ? input : randomValues(`input ${i}`, input));
}

/** Runs `record` on tensors of the values, frees them, and checks that no memory is left. */
async function withTensors(
  values: readonly Values[],
  record: (xs: Tensor[]) => void | Promise<void>,
): Promise<void> {
  const before = device.liveBytes;
  const xs = values.map(({ shape, data }) => Tensor.from(device, shape, data));
  for (const x of xs) x.requiresGrad = true;
  await record(xs);
  for (const x of xs) x.dispose();
  assert.equal(device.liveBytes, before, "memory is given back");
}

for (const [name, cases] of Object.entries(SECOND_ORDER)) {
  Deno.test(`${name}() has the gradients of finite differences, twice`, () =>
    withTensors([], async () => {
      for (const { inputs, run } of cases) {
        await checkGradients(device, (xs) => [run(...xs)], valuesOf(inputs));
      }
    }));
}

for (const [name, cases] of Object.entries(FIRST_ORDER)) {
  Deno.test(`${name}() has the gradients of finite differences, once`, () =>
    withTensors([], async () => {
      for (const { inputs, run } of cases) {
        await checkGradients(device, (xs) => [run(...xs)], valuesOf(inputs), { order: 1 });
      }
    }));

  const [{ inputs, run }] = cases;
  Deno.test(`${name}() throws when a second gradient is asked for`, () =>
    withTensors(valuesOf(inputs), (xs) =>
      scope(() => {
        const y = run(...xs);
        const gradOutput = ops.full(device, y.shape, 1);
        for (const first of gradient(y, xs, { gradOutput, createGraph: true })) {
          assert.throws(() => gradient(ops.sum(first!), xs), NotDifferentiableError);
        }
      })));
}

for (const [name, run] of Object.entries(CONSTANT)) {
  Deno.test(`${name}() lets no gradient through`, () =>
    withTensors([randomValues("x", [2, 5, 3, 4])], ([x]) =>
      scope(() => {
        const y = run(x);
        assert.equal(y.requiresGrad, false);
        assert.deepEqual(gradient(ops.sum(y), [x]), [undefined]);
      })));
}

for (const [name, { fused, apart }] of Object.entries(FUSED)) {
  Deno.test(`${name}() equals its two operations one after the other`, () =>
    withTensors(valuesOf(fused.inputs), async (xs) => {
      const ys = scope(() => [fused.run(...xs), apart(...xs)].map((y) => y.detach()));
      const [actual, expected] = await Promise.all(ys.map((y) => y.read()));
      assertClose(actual, expected, 1e-6, name);
      for (const y of ys) y.dispose();
    }));

  Deno.test(`${name}() throws when a gradient is asked for`, () =>
    withTensors(valuesOf(fused.inputs), (xs) =>
      scope(() => {
        const y = ops.sum(fused.run(...xs));
        for (const x of xs) assert.throws(() => gradient(y, [x]), NotDifferentiableError);
      })));
}

Deno.test("every operation is checked by finite differences or declared without gradients", () => {
  const checked = [SECOND_ORDER, FIRST_ORDER, CONSTANT, FUSED].flatMap((table) =>
    Object.keys(table)
  );
  assert.deepEqual(checked.sort(), Object.keys(ops).sort());
});
