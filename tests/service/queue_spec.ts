import assert from "assert";
import { option, phrase, render } from "../../src/core.ts";
import type { JobQueue } from "../../src/service/queue.ts";
import {
  add,
  DONE,
  job,
  LEASE,
  lose,
  type QueueFixture,
  type QueueStore,
  withQueue,
} from "./queue_fixture.ts";

/** What every kind of queue promises. */
export function queueSpec(kind: string, makeStore: () => Promise<QueueStore>): void {
  const spec = (name: string, test: (fixture: QueueFixture) => Promise<void>) =>
    Deno.test(`${kind} ${name}`, () => withQueue(makeStore, test));
  const stateOf = async (queue: JobQueue, id: string) => (await queue.get(id))?.state;

  spec("keeps a job as it was added", async ({ queue, now }) => {
    const { job: added, isNew } = await queue.add(job("a", { idempotencyKey: "k" }));
    assert.equal(isNew, true);
    assert.deepEqual(await queue.get("a"), added);
    const { options, state, createdAt, attempts, position, cancelling } = added;
    assert.deepEqual(options, { model: "m", factor: 2 });
    assert.deepEqual([state, createdAt, cancelling], ["queued", now(), false]);
    assert.deepEqual([attempts, position], [0, 0]);
    assert.equal(await queue.get("b"), undefined);
  });

  spec("adds a job with a key that it knows no second time", async ({ queue }) => {
    await queue.add(job("a", { idempotencyKey: "k" }));
    const again = await queue.add(job("b", { idempotencyKey: "k" }));
    assert.deepEqual([again.job.id, again.isNew], ["a", false]);
    assert.equal(await queue.get("b"), undefined);
    assert.equal((await queue.add(job("c", { idempotencyKey: "other" }))).isNew, true);
  });

  spec("hands out the oldest job first, each to one worker", async ({ queue }) => {
    await add(queue, "a", "b");
    const ids = [];
    for (const worker of ["w1", "w2", "w3"]) ids.push((await queue.lease(worker, LEASE))?.id);
    assert.deepEqual(ids, ["a", "b", undefined]);
  });

  spec("tells how many jobs are before one that waits", async ({ queue }) => {
    await add(queue, "a", "b", "c");
    await queue.lease("w", LEASE);
    const positions = await Promise.all(["a", "b", "c"].map((id) => queue.get(id)));
    assert.deepEqual(positions.map((found) => found?.position), [undefined, 0, 1]);
  });

  spec("shows who asks what a running job has done", async ({ queue, now, pass }) => {
    await add(queue, "a");
    const taken = await queue.lease("w", LEASE);
    assert.deepEqual([taken?.state, taken?.startedAt, taken?.attempts], ["running", now(), 1]);
    pass(5);
    const progress = { done: 3, total: 9, secondsLeft: 10 };
    assert.equal(await queue.heartbeat("a", "w", LEASE, progress), "continue");
    assert.equal(await queue.heartbeat("a", "w", LEASE), "continue");
    assert.deepEqual((await queue.get("a"))?.progress, progress);
  });

  spec("ends a job once, with its result", async ({ queue, now }) => {
    await add(queue, "a");
    await queue.lease("w", LEASE);
    assert.equal(await queue.finish("a", "w", DONE), true);
    assert.equal(await queue.finish("a", "w", { state: "failed", error: "late" }), false);
    const ended = await queue.get("a");
    assert.deepEqual([ended?.state, ended?.result, ended?.finishedAt, ended?.error], [
      ...["succeeded", { slices: 5 }, now(), undefined],
    ]);
  });

  const parts = phrase`Take ${option("tile", 64)}, "[a]" or 'b'.`;
  for (const error of ["No.", parts, '["no list of ours"]']) {
    spec(`keeps what a job failed with: ${JSON.stringify(error)}`, async ({ queue }) => {
      await add(queue, "a");
      await queue.lease("w", LEASE);
      await queue.finish("a", "w", { state: "failed", error });
      assert.deepEqual([(await queue.get("a"))?.error].flat(), [error].flat());
    });
  }

  spec("gives a job whose lease ran out to the next worker", async (fixture) => {
    const { queue } = fixture;
    await add(queue, "a");
    await lose(fixture);
    const again = await queue.lease("w2", LEASE);
    assert.deepEqual([again?.id, again?.attempts], ["a", 2]);
  });

  spec("lets nobody finish or renew a job whose lease another has", async (fixture) => {
    const { queue } = fixture;
    await add(queue, "a");
    await lose(fixture);
    await queue.lease("w2", LEASE);
    assert.equal(await queue.heartbeat("a", "mortal", LEASE), "lost");
    assert.equal(await queue.finish("a", "mortal", DONE), false);
    await queue.release("a", "mortal");
    assert.equal(await stateOf(queue, "a"), "running");
    assert.equal(await queue.finish("a", "w2", DONE), true);
  });

  spec("keeps a lease as long as it is renewed", async ({ queue, pass }) => {
    await add(queue, "a");
    await queue.lease("w", LEASE);
    for (let i = 0; i < 3; i++) {
      pass(LEASE - 1);
      assert.equal(await queue.heartbeat("a", "w", LEASE), "continue");
    }
    assert.equal(await queue.lease("w2", LEASE), undefined);
  });

  spec("gives a worker that asks anew the job that it held", async ({ queue }) => {
    await add(queue, "a", "b");
    await queue.lease("w", LEASE);
    const again = await queue.lease("w", LEASE);
    assert.deepEqual([again?.id, again?.attempts], ["a", 2]);
  });

  spec("gives up a job that was lost three times, with a sentence", async (fixture) => {
    const { queue } = fixture;
    await add(queue, "a", "b");
    for (let i = 1; i <= 3; i++) assert.equal((await lose(fixture))?.attempts, i);
    assert.equal((await queue.lease("w", LEASE))?.id, "b");
    const failed = await queue.get("a");
    assert.equal(failed?.state, "failed");
    assert.match(render(failed!.error!), /stopped 3 times .* not tried again/);
  });

  spec("cancels a waiting job at once", async ({ queue }) => {
    await add(queue, "a");
    assert.equal((await queue.cancel("a"))?.state, "cancelled");
    assert.equal(await queue.lease("w", LEASE), undefined);
    assert.equal(await queue.cancel("none"), undefined);
  });

  spec("asks the worker of a running job to stop", async ({ queue }) => {
    await add(queue, "a");
    await queue.lease("w", LEASE);
    const asked = await queue.cancel("a");
    assert.deepEqual([asked?.state, asked?.cancelling], ["running", true]);
    assert.equal(await queue.heartbeat("a", "w", LEASE), "cancel");
    await queue.finish("a", "w", { state: "cancelled" });
    const ended = await queue.get("a");
    assert.deepEqual([ended?.state, ended?.cancelling], ["cancelled", false]);
  });

  spec("cancels no job that ended", async ({ queue }) => {
    await add(queue, "a");
    await queue.lease("w", LEASE);
    await queue.finish("a", "w", DONE);
    assert.equal((await queue.cancel("a"))?.state, "succeeded");
  });

  spec("starts no job again that was to stop when its worker died", async (fixture) => {
    const { queue } = fixture;
    await add(queue, "a");
    await queue.lease("w", LEASE);
    await queue.cancel("a");
    fixture.pass(LEASE + 1);
    assert.equal(await queue.lease("w2", LEASE), undefined);
    assert.equal(await stateOf(queue, "a"), "cancelled");
  });

  spec("puts a released job back in its place, its attempt not counted", async ({ queue }) => {
    await add(queue, "a", "b");
    await queue.lease("w", LEASE);
    await queue.release("a", "w");
    const released = await queue.get("a");
    assert.deepEqual([released?.state, released?.position, released?.attempts], ["queued", 0, 0]);
    assert.equal((await queue.lease("w", LEASE))?.id, "a");
  });

  spec("cancels a job that is released while it is to stop", async ({ queue }) => {
    await add(queue, "a");
    await queue.lease("w", LEASE);
    await queue.cancel("a");
    await queue.release("a", "w");
    assert.equal(await stateOf(queue, "a"), "cancelled");
  });

  spec("counts jobs by kind and state", async ({ queue }) => {
    await add(queue, "a", "b", "c");
    await queue.add(job("t", { kind: "training" }));
    await queue.lease("w", LEASE);
    const counts = (await queue.counts())
      .map(({ kind, state, count }) => `${kind} ${state} ${count}`).sort();
    assert.deepEqual(counts, ["prediction queued 2", "prediction running 1", "training queued 1"]);
  });

  spec("lists jobs of a kind, the newest first", async ({ queue }) => {
    await add(queue, "a", "b", "c");
    await queue.add(job("t", { kind: "training" }));
    assert.deepEqual((await queue.list("prediction", 2)).map(({ id }) => id), ["c", "b"]);
  });

  spec("forgets what ended before a time, and nothing else", async ({ queue, now, pass }) => {
    await add(queue, "old", "running", "waiting");
    await queue.lease("w", LEASE);
    await queue.finish("old", "w", DONE);
    await queue.lease("w", LEASE);
    pass(100);
    assert.deepEqual(await queue.removeEndedBefore(now() - 100_000), []);
    assert.deepEqual(await queue.removeEndedBefore(now() - 99_999), ["old"]);
    assert.equal(await queue.get("old"), undefined);
    assert.equal((await queue.list("prediction", 9)).length, 2);
  });

  spec("forgets one job, but only if it ended", async ({ queue }) => {
    await add(queue, "a", "b");
    await queue.lease("w", LEASE);
    assert.deepEqual([await queue.remove("a"), await queue.remove("b")], [false, false]);
    await queue.finish("a", "w", DONE);
    assert.deepEqual([await queue.remove("a"), await queue.remove("a")], [true, false]);
    assert.equal(await queue.get("a"), undefined);
  });

  spec("gives each job to one worker, however many ask at once", async ({ queue, store, now }) => {
    const other = await store.open(now);
    try {
      await add(queue, "a", "b", "c", "d", "e");
      const asked = Array.from(
        { length: 8 },
        (_, i) => [queue, other][i % 2].lease(`w${i}`, LEASE),
      );
      const taken = (await Promise.all(asked)).flatMap((job) => job ? [job.id] : []);
      assert.deepEqual(taken.sort(), ["a", "b", "c", "d", "e"]);
    } finally {
      await other.close();
    }
  });

  spec("is one queue for two processes", async ({ queue, store, now }) => {
    const other = await store.open(now);
    try {
      await add(queue, "a");
      assert.equal((await other.lease("w", LEASE))?.id, "a");
      assert.equal(await queue.lease("w2", LEASE), undefined);
      await other.finish("a", "w", DONE);
      assert.equal(await stateOf(queue, "a"), "succeeded");
    } finally {
      await other.close();
    }
  });
}
