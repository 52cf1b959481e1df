import assert from "assert";
import type { Batch } from "../../src/training/patch_batch.ts";
import { prefetch } from "../../src/training/prefetch.ts";

/** Batches that tell their epoch and index, and fail where told; asked records what was made. */
function fakeSource(failing?: string, ahead?: number) {
  const asked: string[] = [];
  const batch = (epoch: number, index: number): Promise<Batch> => {
    asked.push(`${epoch},${index}`);
    if (asked.at(-1) === failing) return Promise.reject(new Error("damaged"));
    const none = new Float32Array(0);
    return Promise.resolve({
      before: none,
      after: none,
      truth: none,
      size: 0,
      count: 0,
      dpm: Float32Array.of(epoch, index),
    });
  };
  return { asked, batchesPerEpoch: 2, ahead, batch };
}

Deno.test("prefetch() prepares the next batch, over the end of the epoch too", async () => {
  const source = fakeSource();
  const ahead = prefetch(source);
  for (const [epoch, index] of [[0, 0], [0, 1], [1, 0]]) {
    assert.deepEqual([...(await ahead.batch(epoch, index)).dpm], [epoch, index]);
  }
  await ahead.settle();
  assert.deepEqual(source.asked, ["0,0", "0,1", "1,0", "1,1"]);
});

Deno.test("prefetch() prepares as many batches as the source says, each once", async () => {
  const source = fakeSource(undefined, 3);
  const ahead = prefetch(source);
  await ahead.batch(0, 0);
  await ahead.settle();
  assert.deepEqual(source.asked, ["0,0", "0,1", "1,0", "1,1"]);
  await ahead.batch(0, 1);
  await ahead.settle();
  assert.deepEqual(source.asked.slice(4), ["2,0"]);
});

Deno.test("prefetch() answers any batch, not only the one prepared", async () => {
  const ahead = prefetch(fakeSource());
  await ahead.batch(0, 0);
  assert.deepEqual([...(await ahead.batch(7, 1)).dpm], [7, 1]);
  await ahead.settle();
});

Deno.test("prefetch() starts on the next batch only after the caller has gone on", async () => {
  const source = fakeSource();
  const ahead = prefetch(source);
  await ahead.batch(0, 0);
  assert.deepEqual(source.asked, ["0,0"]);
  await ahead.settle();
  assert.deepEqual(source.asked, ["0,0", "0,1"]);
});

Deno.test("prefetch() throws what the next batch fails with when that is asked for", async () => {
  const ahead = prefetch(fakeSource("0,1"));
  await ahead.batch(0, 0);
  await ahead.settle();
  await assert.rejects(ahead.batch(0, 1), { message: "damaged" });
});
