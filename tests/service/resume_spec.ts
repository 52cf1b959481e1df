import assert from "assert";
import {
  add,
  DONE,
  LEASE,
  type QueueFixture,
  type QueueStore,
  withQueue,
} from "./queue_fixture.ts";

/** What every kind of queue promises of jobs that continue from what they kept. */
export function resumeSpec(kind: string, makeStore: () => Promise<QueueStore>): void {
  const spec = (name: string, test: (fixture: QueueFixture) => Promise<void>) =>
    Deno.test(`${kind} ${name}`, () => withQueue(makeStore, test));

  spec("counts attempts anew from where a job kept something", async ({ queue, pass }) => {
    await add(queue, "a");
    const attempts = [];
    // Lost five times, and each time something was kept before.
    for (let i = 0; i < 5; i++) {
      const taken = await queue.lease("w", LEASE);
      attempts.push([taken?.id, taken?.attempts]);
      for (const kept of [0, 1]) {
        await queue.heartbeat("a", "w", LEASE, { done: i, total: 9, kept });
      }
      pass(LEASE + 1);
    }
    assert.deepEqual(attempts, [["a", 1], ...Array(4).fill(["a", 2])]);
  });

  spec("puts back what failed or was cancelled, and nothing else", async ({ queue }) => {
    await add(queue, "a", "b");
    await queue.lease("w", LEASE);
    assert.equal((await queue.resume("a"))?.state, "running");
    await queue.finish("a", "w", { state: "failed", error: "no luck" });
    await queue.cancel("b");
    for (const id of ["a", "b"]) {
      const { state, attempts, error, finishedAt } = (await queue.resume(id))!;
      assert.deepEqual([state, attempts, error, finishedAt], ["queued", 0, undefined, undefined]);
    }
    assert.equal((await queue.lease("w", LEASE))?.id, "a");
    await queue.finish("a", "w", DONE);
    assert.equal((await queue.resume("a"))?.state, "succeeded");
    assert.equal(await queue.resume("nobody"), undefined);
  });
}
