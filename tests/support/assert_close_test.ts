import assert from "assert";
import { assertClose } from "./assert_close.ts";

Deno.test("assertClose fails for a difference over its tolerance, and for NaN wherever it is", () => {
  assertClose([1, 2], [1, 2.1], 0.1, "near");
  assert.throws(() => assertClose([1, 2], [1, 2.1], 0.01, "far"), /element 1 is 2, expected 2.1/);
  assert.throws(() => assertClose([NaN, 0], [0, 0], 1, "first"), /element 0 is NaN/);
  assert.throws(() => assertClose([0, NaN], [0, 0], 1, "last"), /element 1 is NaN/);
});
