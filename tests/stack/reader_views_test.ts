import assert from "assert";
import { remembering, unrounded } from "../../src/stack/reader_views.ts";
import { FakeReader, stackInfo } from "../prediction/stand_ins.ts";

Deno.test("remembering() reads a slice once while it is among the latest", async () => {
  const reader = new FakeReader(stackInfo([1, 1, 4, 2, 2]), (_t, _c, z) => z);
  const fast = remembering(reader, 2);
  for (const z of [0, 1, 0, 1, 2, 1, 0]) await fast.readSlice(0, 0, z);
  assert.deepEqual(reader.reads, ["0,0,0", "0,0,1", "0,0,2", "0,0,0"]);
});

Deno.test("unrounded() is the same stack in float32", async () => {
  const reader = unrounded(new FakeReader(stackInfo([1, 1, 2, 1, 3]), (_t, _c, z, i) => z + i));
  assert.equal(reader.info.sampleType, "float32");
  assert.deepEqual(await reader.readSlice(0, 0, 1), Float32Array.of(1, 2, 3));
});
