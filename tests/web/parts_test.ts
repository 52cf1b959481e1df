import assert from "assert";
import { InputError, type Message, option, phrase } from "../../src/core.ts";
import { formatBytes, formatSeconds, formatVoxel } from "../../src/web/display_text.ts";
import { extentOf, roundLength } from "../../src/web/geometry.ts";
import { SaidError, wordsOf } from "../../src/web/option_labels.ts";
import { CachedStack, readSections } from "../../src/web/cached_stack.ts";
import { FakeReader, stackInfo } from "../prediction/stand_ins.ts";

const INFO = stackInfo([1, 1, 5, 3, 4]);
const reader = () => new FakeReader(INFO, (_t, _c, z, i) => 20 * z + i);

Deno.test("slices are kept up to a bound, the latest ones", async () => {
  const stack = reader();
  const cache = new CachedStack(stack, 2 * 12);
  for (const z of [0, 1, 0, 2, 0, 1]) await cache.get(0, 0, z);
  assert.deepEqual(stack.reads, ["0,0,0", "0,0,1", "0,0,2", "0,0,1"]);
});

Deno.test("a slice larger than the bound is still answered", async () => {
  const stack = reader();
  assert.equal((await new CachedStack(stack, 1).get(0, 0, 3))[0], 60);
});

Deno.test("sections hold the row and the column of every slice", async () => {
  const cut = { t: 0, c: 0, y: 1, x: 2 };
  const { signal } = new AbortController();
  const all = await Array.fromAsync(readSections(new CachedStack(reader()), cut, signal));
  const { xz, yz } = all.at(-1)!;
  assert.deepEqual([...xz.subarray(4, 8)], [24, 25, 26, 27]);
  assert.deepEqual([...yz.subarray(5, 10)], [6, 26, 46, 66, 86]);
});

Deno.test("sections that nobody wants any more are not read on", async () => {
  const stack = reader();
  const controller = new AbortController();
  controller.abort();
  const cut = { t: 0, c: 0, y: 0, x: 0 };
  assert.deepEqual(
    await Array.fromAsync(readSections(new CachedStack(stack), cut, controller.signal)),
    [],
  );
  assert.equal(stack.reads.length, 1);
});

Deno.test("a stack without a z step is drawn as if it were a pixel", () => {
  const unknown = { ...INFO, voxelSize: { x: 0.5, y: 0.5, unit: "micron" } };
  assert.deepEqual(extentOf(INFO), { x: 2, y: 1.5, z: 10, step: 2 });
  assert.deepEqual(extentOf(unknown), { x: 2, y: 1.5, z: 2.5, step: 0.5 });
});

Deno.test("scale bars have round lengths", () => {
  assert.deepEqual([16, 4.9, 0.21, 100].map(roundLength), [10, 2, 0.2, 100]);
});

Deno.test("numbers are as exact as a reader needs", () => {
  assert.deepEqual([5, 150, 7500].map(formatSeconds), ["5 s", "3 min", "2 h 05 min"]);
  assert.deepEqual([12, 4.2e6, 1.5e10].map(formatBytes), ["12 B", "4.20 MB", "15.0 GB"]);
  assert.equal(formatVoxel({ x: 0.25, y: 0.25, unit: "micron" }), "0.25 × 0.25 × ? µm");
  assert.equal(formatVoxel({ unit: "" }), "unknown");
});

Deno.test("options are named in the page's words", () => {
  const float = phrase`use ${option("normalization", "stack")}, or ${option("range")}.`;
  const sentences: [Message, string][] = [
    [
      phrase`${option("spacing", 0.13)} needs a ZAugNet+ model: it can do ${option("factor", 2)}.`,
      "A z step of 0.13 needs a ZAugNet+ model: it can do 2 parts of each gap.",
    ],
    [
      phrase`${option("spacing", "isotropic")} is wanted`,
      "“As fine as in the plane” is wanted.",
    ],
    [float, "use the normalisation stack, or the range of intensities."],
    [phrase`take ${option("patchSize", 32)} or less.`, "take “Patch side” 32 or less."],
    [phrase`Good. ${option("tile")} is bad.`, "Good. The tile side is bad."],
    [
      phrase`${option("init")} wants ${option("variant", "zaugnet+")}`,
      "“Start from” wants “ZAugNet+”.",
    ],
    ["--a b.tif is damaged, by a factor of 3.", "--a b.tif is damaged, by a factor of 3."],
  ];
  for (const [said, own] of sentences) {
    assert.equal(wordsOf(new InputError(said)), own);
    assert.equal(wordsOf(new SaidError(JSON.parse(JSON.stringify(said)))), own);
  }
});

Deno.test("what is not a message for users is shown as it is", () => {
  assert.equal(wordsOf(new Error("No network")), "No network.");
  assert.equal(wordsOf("--spacing 2"), "--spacing 2.");
  assert.equal(wordsOf(undefined), "");
});
