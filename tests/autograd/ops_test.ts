import assert from "assert";
import { gradient } from "../../src/autograd/gradient.ts";
import * as ops from "../../src/autograd/ops/mod.ts";
import { scope } from "../../src/autograd/scope.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { checkDerivatives, checkValues } from "../support/check_op.ts";
import { testDevice } from "../support/device.ts";
import { OP_CASES } from "./op_cases.ts";

const device = await testDevice();

/** Checks also that no memory is left. */
async function givingBack(check: () => Promise<void>): Promise<void> {
  const before = device.liveBytes;
  await check();
  assert.equal(device.liveBytes, before, "memory is given back");
}

const GRADIENTS = {
  "second order": "has the gradients of finite differences, twice",
  "first order": "has the gradients of finite differences, once, and throws for more",
  constant: "does not change with small steps and lets no gradient through",
  refused: "throws when a gradient is asked for",
};

for (const [name, cases] of Object.entries(OP_CASES)) {
  Deno.test(`${name}() answers what its formula says, and 0 in spare channels`, () =>
    givingBack(() => checkValues(device, name, cases)));
  Deno.test(`${name}() ${GRADIENTS[cases.gradients]}`, () =>
    givingBack(() => checkDerivatives(device, cases)));
}

Deno.test("every exported operation has a case, and every case an operation", () => {
  const checked = Object.entries(OP_CASES).filter(([, { cases }]) => cases.length > 0)
    .map(([name]) => name);
  assert.deepEqual(checked.sort(), Object.keys(ops).sort());
});

/** What operations say of the places where a derivative does not exist: x, y, its gradient. */
const KINKS: Readonly<Record<string, [(x: Tensor) => Tensor, number[], number[], number[]]>> = {
  abs: [ops.abs, [-2, 0, 3], [2, 0, 3], [-1, 0, 1]],
  clamp: [(x) => ops.clamp(x, 0, 1), [-2, 0, 1, 3], [0, 0, 1, 1], [0, 1, 1, 0]],
  safeSqrt: [ops.safeSqrt, [-1, 0, 4], [0, 0, 2], [0, 0, 0.25]],
  "the gradient of safeSqrt": [
    (x) => gradient(ops.sum(ops.safeSqrt(x)), [x], { createGraph: true })[0]!,
    ...[[-1, 0, 4], [0, 0, 0.25], [0, 0, -0.03125]] as const satisfies number[][],
  ],
  safeReciprocal: [ops.safeReciprocal, [-1, 0, 4], [0, 0, 0.25], [0, 0, -0.0625]],
  leakyRelu: [(x) => ops.leakyRelu(x, 0.25), [-4, 0, 4], [-1, 0, 4], [0.25, 0.25, 1]],
};

for (const [name, [run, data, value, slope]] of Object.entries(KINKS)) {
  Deno.test(`at its kink ${name} has the value and the gradient that are documented`, async () => {
    const x = Tensor.from(device, [1, data.length, 1, 1], data);
    x.requiresGrad = true;
    const found = scope(() => {
      const y = run(x);
      return [y, gradient(ops.sum(y), [x])[0]!].map((tensor) => tensor.detach());
    });
    const [y, g] = await Promise.all(found.map((tensor) => tensor.read()));
    assert.deepEqual([[...y], [...g]], [value, slope]);
    for (const tensor of [x, ...found]) tensor.dispose();
  });
}
