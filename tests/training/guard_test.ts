import assert from "assert";
import { LossGuard } from "../../src/training/loss_guard.ts";

function guardAfter(losses: readonly number[]): LossGuard {
  const guard = new LossGuard("generator");
  for (const loss of losses) guard.judge(loss, 1);
  return guard;
}

const steady = Array.from({ length: 12 }, () => 0.3);

Deno.test("LossGuard lets a steady loss pass", () => {
  assert.equal(guardAfter(steady).judge(0.4, 1), undefined);
});

for (const loss of [NaN, Infinity]) {
  Deno.test(`LossGuard refuses a loss of ${loss}, the very first one too`, () => {
    assert.match(guardAfter([]).judge(loss, 1)!, /the generator's loss is/);
  });
}

Deno.test("LossGuard refuses a gradient that is not a number", () => {
  assert.match(guardAfter([]).judge(0.3, NaN)!, /norm of the generator's gradient is NaN/);
});

Deno.test("LossGuard refuses a loss far over the recent ones", () => {
  assert.match(guardAfter(steady).judge(8e5, 1)!, /far over its recent values/);
});

Deno.test("LossGuard judges no size before it has seen ten losses", () => {
  assert.equal(guardAfter(steady.slice(0, 9)).judge(8e5, 1), undefined);
});

Deno.test("LossGuard counts skipped steps in all and in a row", () => {
  const guard = guardAfter([NaN, 0.3, NaN, NaN]);
  assert.deepEqual([guard.skipped, guard.skippedInRow], [3, 2]);
});

Deno.test("LossGuard continues from its state as if it had never stopped", () => {
  const state = JSON.parse(JSON.stringify(guardAfter([...steady, NaN]).state));
  const restored = new LossGuard("generator");
  restored.restore(state);
  assert.deepEqual(restored.state, state);
  assert.match(restored.judge(8e5, 1)!, /far over/);
  assert.equal(restored.skippedInRow, 2);
});
