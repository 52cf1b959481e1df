import assert from "assert";
import { gradient } from "../../src/autograd/gradient.ts";
import { add, affine, full, multiply } from "../../src/autograd/ops/mod.ts";
import { keep, scope } from "../../src/autograd/scope.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { testDevice } from "../support/device.ts";

const device = await testDevice();

function ones(): Tensor {
  return full(device, [1, 4, 8, 8], 1);
}

Deno.test("a scope frees all that it does not return", () => {
  const before = device.liveBytes;
  const made: Tensor[] = [];
  const y = scope(() => {
    made.push(ones(), ones());
    return add(made[0], made[1]);
  });
  assert.deepEqual(made.map(({ disposed }) => disposed), [true, true]);
  assert.equal(y.disposed, false);
  y.dispose();
  assert.equal(device.liveBytes, before);
});

Deno.test("a scope keeps tensors within arrays and records, and answers other things as they are", () => {
  const map = new Map();
  const result = scope(() => ({ list: [ones(), 3, null], inner: { y: ones() }, map }));
  const [first, three, nothing] = result.list;
  assert.ok(first instanceof Tensor && !first.disposed);
  assert.deepEqual([three, nothing, result.map], [3, null, map]);
  assert.equal(result.inner.y.disposed, false);
  first.dispose();
  result.inner.y.dispose();
});

Deno.test("a scope keeps what the gradients of its result need", async () => {
  const before = device.liveBytes;
  const x = full(device, [1, 1, 1, 1], 3);
  x.requiresGrad = true;
  const outer = scope(() => {
    const y = scope(() => multiply(multiply(x, x), affine(x, 1, 1)));
    return gradient(y, [x])[0]!;
  });
  assert.deepEqual([...await outer.read()], [33]);
  outer.dispose();
  x.dispose();
  assert.equal(device.liveBytes, before);
});

Deno.test("what an inner scope returns belongs to the outer one", () => {
  const [inner, outer] = scope(() => {
    const inner = scope(ones);
    assert.equal(inner.disposed, false);
    return [[inner], ones()].reverse();
  }).flat();
  assert.deepEqual([inner.disposed, outer.disposed], [false, false]);
  for (const t of [inner, outer]) t.dispose();

  let lost: Tensor | undefined;
  scope(() => {
    lost = scope(ones);
  });
  assert.equal(lost?.disposed, true);
});

Deno.test("a scope does not free what is older", () => {
  const x = ones();
  scope(() => affine(x, 2, 0)).dispose();
  assert.equal(x.disposed, false);
  x.dispose();
});

Deno.test("keep() takes a tensor out of every scope", () => {
  let kept: Tensor | undefined;
  scope(() => {
    scope(() => {
      kept = keep(ones());
    });
  });
  assert.equal(kept?.disposed, false);
  kept?.dispose();
});

Deno.test("a scope that ends with an error frees everything and ends", () => {
  const before = device.liveBytes;
  assert.throws(() =>
    scope(() => {
      ones();
      throw new RangeError("in between");
    }), RangeError);
  assert.equal(device.liveBytes, before);
  const after = ones();
  assert.equal(after.disposed, false, "a tensor made later belongs to no scope");
  after.dispose();
});
