import assert from "assert";
import { chooseFormat } from "../../src/files/precision.ts";

const able = { name: "a card", features: ["shader-f16"] };
const unable = { name: "an old card", features: [] };

Deno.test("auto takes halves where they are faster and every adapter has them", () => {
  assert.equal(chooseFormat("auto", [able], true), "f16");
  assert.equal(chooseFormat("auto", [able], false), "f32");
  assert.equal(chooseFormat("auto", [able, unable], true), "f32");
});

Deno.test("f32 is f32, however fast halves are", () => {
  assert.equal(chooseFormat("f32", [able], true), "f32");
});

Deno.test("f16 is refused by the name of an adapter that has no shader-f16", () => {
  assert.equal(chooseFormat("f16", [able], false), "f16");
  assert.throws(
    () => chooseFormat("f16", [able, unable], true),
    /^InputError: an old card has no shader-f16, which precision: "f16" needs/,
  );
});
