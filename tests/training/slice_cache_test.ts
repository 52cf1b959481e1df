import assert from "assert";
import { SliceCache } from "../../src/training/slice_cache.ts";
import { fakeStack } from "./stand_ins.ts";

Deno.test("SliceCache keeps to its bytes and drops the slice used longest ago", async () => {
  const { reader } = fakeStack([1, 1, 4, 10, 10]);
  const cache = new SliceCache(250);
  for (const z of [0, 1, 0, 2, 0, 1]) {
    assert.equal((await cache.get(reader, 0, 0, z)).length, 100);
    assert.ok(cache.bytes <= 250);
  }
  assert.deepEqual(reader.reads, ["0,0,0", "0,0,1", "0,0,2", "0,0,1"]);
});

Deno.test("SliceCache reads a slice once for all who ask at the same time", async () => {
  const { reader } = fakeStack([1, 1, 3, 10, 10]);
  const cache = new SliceCache(1000);
  await Promise.all([0, 1, 0, 1].map((z) => cache.get(reader, 0, 0, z)));
  assert.deepEqual(reader.reads, ["0,0,0", "0,0,1"]);
});

Deno.test("SliceCache tells stacks of one name apart, and answers slices it can't keep", async () => {
  const [a, b] = [7, 9].map((value) => fakeStack([1, 1, 3, 10, 10], { sample: () => value }));
  const cache = new SliceCache(50);
  assert.equal((await cache.get(a.reader, 0, 0, 0))[0], 7);
  assert.equal((await cache.get(b.reader, 0, 0, 0))[0], 9);
  assert.equal(cache.bytes, 0);
});

Deno.test("SliceCache reads again after a failure", async () => {
  const { reader } = fakeStack([1, 1, 3, 10, 10]);
  let failures = 1;
  const flaky = {
    name: reader.name,
    info: reader.info,
    readSlice: (t: number, c: number, z: number) =>
      failures-- > 0 ? Promise.reject(new Error("away")) : reader.readSlice(t, c, z),
  };
  const cache = new SliceCache(1000);
  await assert.rejects(cache.get(flaky, 0, 0, 0), { message: "away" });
  assert.equal((await cache.get(flaky, 0, 0, 0)).length, 100);
});
