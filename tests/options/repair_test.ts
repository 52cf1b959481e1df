import assert from "assert";
import { InputError } from "../../src/errors.ts";
import { repair as kind } from "../../src/options/special_kinds.ts";

const repair = kind.parse;

Deno.test("repair() reads slices and spans of them, each once and in order", () => {
  assert.deepEqual(repair("7-9, 3,8"), [3, 7, 8, 9]);
  assert.equal(repair("auto"), "auto");
});

Deno.test("repair() refuses what is no slice, and a span that ends before it begins", () => {
  for (const text of ["", "-1", "3-", "9-7", "1.5", "all", "1-1000001", "0", "0-3"]) {
    assert.throws(() => repair(text), InputError, text);
  }
});

Deno.test("repair() refuses a short text that names very many slices before it makes them", () => {
  const text = Array.from({ length: 1000 }, () => "1-99999").join();
  assert.throws(() => repair(text), { message: "It must name at most 100000." });
});
