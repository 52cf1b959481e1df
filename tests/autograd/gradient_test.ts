import assert from "assert";
import { gradient } from "../../src/autograd/gradient.ts";
import { noGrad } from "../../src/autograd/op.ts";
import {
  add,
  affine,
  broadcastTo,
  conv2d,
  full,
  multiply,
  sigmoid,
  sum,
} from "../../src/autograd/ops/mod.ts";
import { scope } from "../../src/autograd/scope.ts";
import { type Shape, ShapeError } from "../../src/autograd/shape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { testDevice } from "../support/device.ts";

const device = await testDevice();

function variable(values: readonly number[]): Tensor {
  const tensor = Tensor.from(device, [1, 1, 1, values.length], values);
  tensor.requiresGrad = true;
  return tensor;
}

/** Runs a test in a scope and checks that nothing of it stays on the device. */
async function freed(record: () => readonly (Tensor | undefined)[], expected: number[][]) {
  const before = device.liveBytes;
  const found = scope(() => record().map((t) => t?.detach()));
  const values = await Promise.all(found.map(async (t) => [...await t?.read() ?? []]));
  for (const t of found) t?.dispose();
  assert.deepEqual(values, expected);
  assert.equal(device.liveBytes, before, "memory is given back");
}

Deno.test("gradients of a tensor that is used several times add up", () =>
  freed(() => {
    const x = variable([3]);
    const y = add(add(multiply(x, x), affine(x, 2, 0)), x);
    return gradient(y, [x]);
  }, [[9]]));

Deno.test("the same tensor on both sides gets both gradients", () =>
  freed(() => {
    const x = variable([3]);
    return gradient(add(x, x), [x]);
  }, [[2]]));

Deno.test("the gradient of a tensor for itself is what comes after", () =>
  freed(() => {
    const x = variable([3, 4]);
    return gradient(x, [x], { gradOutput: Tensor.from(device, x.shape, [5, 6]) });
  }, [[5, 6]]));

Deno.test("the gradient for a tensor on the way is found along with that of the leaf", () =>
  freed(() => {
    const x = variable([3]);
    const h = affine(x, 2, 0);
    return gradient(multiply(h, h), [h, x]);
  }, [[12], [24]]));

Deno.test("the gradient for what y does not depend on is undefined", () =>
  freed(() => {
    const [x, other] = [variable([3]), variable([4])];
    const [ofX, ofOther] = gradient(affine(x, 2, 0), [x, other]);
    assert.equal(ofOther, undefined);
    return [ofX];
  }, [[2]]));

Deno.test("detach() stops gradients and keeps values", () =>
  freed(() => {
    const x = variable([3]);
    const still = multiply(x, x).detach();
    assert.equal(still.requiresGrad, false);
    const [g] = gradient(multiply(x, still), [x]);
    return [still, g];
  }, [[9], [9]]));

Deno.test("noGrad() records no history", () =>
  freed(() => {
    const x = variable([3]);
    const y = noGrad(() => multiply(x, x));
    assert.equal(y.requiresGrad, false);
    assert.equal(y.history, undefined);
    assert.ok(multiply(x, x).requiresGrad, "history is recorded again after");
    return [y];
  }, [[9]]));

Deno.test("noGrad() ends with an error, too", () => {
  assert.throws(() =>
    noGrad(() => {
      throw new RangeError("in between");
    }), RangeError);
  scope(() => assert.ok(affine(variable([1]), 2, 0).requiresGrad));
});

Deno.test("x^3 has the derivatives 3x^2, 6x and 6, each of the one before", () =>
  freed(() => {
    const x = variable([2]);
    const y = multiply(multiply(x, x), x);
    const [first] = gradient(y, [x], { createGraph: true });
    const [second] = gradient(first!, [x], { createGraph: true });
    const [third] = gradient(second!, [x]);
    return [first, second, third];
  }, [[12], [12], [6]]));

Deno.test("without createGraph a gradient has no history", () =>
  freed(() => {
    const x = variable([2]);
    const [g] = gradient(multiply(x, x), [x]);
    assert.equal(g!.requiresGrad, false);
    return [g];
  }, [[4]]));

Deno.test("a gradient can be taken twice of the same result", () =>
  freed(() => {
    const x = variable([2]);
    const y = sigmoid(multiply(x, x));
    const [a] = gradient(y, [x]);
    const [b] = gradient(y, [x]);
    assert.notEqual(a, b);
    return [affine(a!, 0, 1), add(a!, affine(b!, -1, 0))];
  }, [[1], [0]]));

Deno.test("a gradOutput is read and not freed", () =>
  freed(() => {
    const x = variable([2, 3]);
    const gradOutput = Tensor.from(device, x.shape, [10, 100]);
    const [g] = gradient(affine(x, 2, 0), [x], { gradOutput });
    return [g, gradOutput];
  }, [[20, 200], [10, 100]]));

Deno.test("gradients through a chain need no more memory than three of its tensors", () => {
  const x = Tensor.from(device, [1, 4, 64, 64], new Float32Array(4 * 64 * 64));
  x.requiresGrad = true;
  const size = 4 * 64 * 64 * 4 * (device.readsTextures ? 2 : 1);
  const { y, g } = scope(() => {
    let y = x;
    for (let i = 0; i < 20; i++) y = affine(y, 0.5, 1);
    const gradOutput = full(device, y.shape, 1);
    device.resetPeak();
    const before = device.liveBytes;
    const [g] = gradient(y, [x], { gradOutput });
    assert.ok(
      device.peakBytes - before <= 3 * size,
      `${(device.peakBytes - before) / size} tensors`,
    );
    return { y: y.detach(), g };
  });
  for (const t of [x, y, g]) t?.dispose();
});

Deno.test("a result that is not a scalar needs a gradOutput of its shape", () => {
  scope(() => {
    const y = affine(variable([1, 2]), 2, 0);
    const message = /shape \[1,1,1,2\] needs a gradOutput of that shape/;
    assert.throws(() => gradient(y, []), (e) => e instanceof ShapeError && message.test(e.message));
    const gradOutput = full(device, [1, 1, 1, 1], 1);
    assert.throws(() => gradient(y, [], { gradOutput }), ShapeError);
  });
});

Deno.test("a gradient for a tensor that requires none is refused", () => {
  scope(() => {
    const x = full(device, [1, 1, 1, 1], 1);
    assert.throws(() => gradient(affine(x, 2, 0), [x]), /\[1,1,1,1\] does not require gradients/);
  });
});

Deno.test("a gradient through a freed tensor is refused and not wrong", () => {
  scope(() => {
    const x = variable([2]);
    const h = multiply(x, x);
    const y = add(h, x);
    h.dispose();
    assert.throws(() => gradient(y, [x]), /\[1,1,1,1\] was disposed; a gradient needs it/);
  });
});

Deno.test("memory returns to what it was after a network's gradients of second order", () => {
  const before = device.liveBytes;
  scope(() => {
    const shape: Shape = [1, 4, 8, 8];
    const x = broadcastTo(variable([0.5]), shape);
    const weight = Tensor.from(device, [4, 4, 3, 3], new Float32Array(144).fill(0.1));
    weight.requiresGrad = true;
    const y = sum(sigmoid(conv2d(x, weight, undefined, { stride: 1, padding: 1 })));
    const [g] = gradient(y, [x], { createGraph: true });
    gradient(sum(multiply(g!, g!)), [weight]);
  });
  assert.equal(device.liveBytes, before);
});

Deno.test("memory returns to what it was after an error amid the gradients", () => {
  const before = device.liveBytes;
  assert.throws(() =>
    scope(() => {
      const x = variable([1]);
      const y = multiply(affine(x, 2, 0), x);
      const wrong = { ...y.history!, backward: () => [full(device, [9, 1, 1, 1], 1), fail()] };
      y.history = wrong;
      gradient(y, [x]);
    }), /amid/);
  assert.equal(device.liveBytes, before);
});

function fail(): never {
  throw new Error("amid the gradients");
}
