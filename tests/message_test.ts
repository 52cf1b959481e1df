import assert from "assert";
import { InputError } from "../src/errors.ts";
import {
  type Face,
  isMessage,
  joined,
  option,
  phrase,
  place,
  placeInWords,
  render,
  withTexts,
} from "../src/message.ts";

const LOUD: Face = {
  option: ({ option, value }, begins) => `${begins ? "!" : ""}<${option} ${value}>`,
};

const TAKE = phrase`${option("tile", 32)} is too small: take ${option("tile", 64)} or ${
  option("dpm", [0.2, 0.5])
}.`;

Deno.test("a message without a face names options as the API does", () => {
  assert.equal(render(TAKE), "tile: 32 is too small: take tile: 64 or dpm: [0.2,0.5].");
  assert.equal(new InputError(TAKE).message, render(TAKE));
  assert.equal(
    render(phrase`use ${option("normalization", "stack")}`),
    'use normalization: "stack"',
  );
});

Deno.test("a face writes options in its own way, and knows where a sentence begins", () => {
  const said = phrase`${option("a", 1)} and ${option("b")}. ${option("c")}`;
  assert.equal(new InputError(said).render(LOUD), "!<a 1> and <b undefined>. !<c undefined>");
});

Deno.test("a message is the same after it passed between threads or through JSON", () => {
  for (const passed of [structuredClone(TAKE), JSON.parse(JSON.stringify(TAKE))]) {
    assert.deepEqual(passed, TAKE);
    assert.ok(isMessage(passed));
  }
});

Deno.test("a message of text alone is text", () => {
  assert.equal(phrase`The ${"file"} has ${2} slices.`, "The file has 2 slices.");
  assert.equal(phrase``, "");
});

Deno.test("a message within another keeps its parts", () => {
  const outer = phrase`The server says: ${phrase`take ${option("tile", 64)}`}.`;
  assert.deepEqual(outer, ["The server says: take ", { option: "tile", value: 64 }, "."]);
  assert.deepEqual(joined(["one", option("two"), "three"], ", "), [
    ...["one, ", { option: "two" }, ", three"],
  ]);
});

Deno.test("a line break in a template is a space; one in what is filled in stays", () => {
  assert.equal(
    phrase`one
      two ${"three\n  four"}`,
    "one two three\n  four",
  );
});

Deno.test("places are told by slice, channel and frame, as far as they are known", () => {
  assert.equal(placeInWords({ slice: 2, channel: 0, frame: 1 }), "slice 3 of channel 1 of frame 2");
  assert.equal(placeInWords({ slice: 3, lastSlice: 4 }), "slices 4 to 5");
  assert.equal(placeInWords({ slice: 3, lastSlice: 3 }), "slice 4");
  assert.equal(placeInWords({ channel: 0 }), "channel 1");
  assert.equal(render(phrase`at ${place({ slice: 0 })}`), "at slice 1");
});

Deno.test("texts can be changed, those of options included, and no name of an option", () => {
  const said = phrase`/data/x is a run: ${option("data", "/data/x")}`;
  assert.equal(
    render(withTexts(said, (text) => text.replaceAll("/data", "…"))),
    '…/x is a run: data: "…/x"',
  );
});

Deno.test("what is not a message is known as such", () => {
  for (const wrong of [undefined, 1, {}, [1], [{}], [null], [{ option: 1 }], [{ place: null }]]) {
    assert.equal(isMessage(wrong), false, JSON.stringify(wrong));
  }
});
