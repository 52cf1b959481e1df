import assert from "assert";
import { InputError } from "../../src/errors.ts";
import { option, phrase } from "../../src/message.ts";
import { WorkerCalls } from "../../src/workers/worker_calls.ts";
import type { EchoCalls } from "./echo_worker.ts";

const MODULE = new URL("./echo_worker.ts", import.meta.url);
const LOST = { name: "WorkerLostError" };

/** A test with a worker of its own. */
function workerTest(name: string, test: (worker: WorkerCalls<EchoCalls>) => Promise<void>): void {
  Deno.test(name, async () => {
    const worker = new WorkerCalls<EchoCalls>(MODULE);
    try {
      await test(worker);
    } finally {
      await worker.close();
    }
  });
}

workerTest("a worker answers each call with its own answer", async (worker) => {
  const answers = [worker.call("twice", 4), worker.call("hello"), worker.call("twice", 5)];
  assert.equal(worker.pending, 3);
  assert.deepEqual(await Promise.all(answers), [8, "hello", 10]);
  assert.equal(worker.pending, 0);
});

workerTest("a call hears of its own progress, in order, before its answer", async (worker) => {
  const heard: number[][] = [[], []];
  const answers = heard.map((own, i) =>
    worker.call("count", 2 + i, { onProgress: (progress) => own.push(progress) })
  );
  assert.deepEqual(await Promise.all(answers), [2, 3]);
  assert.deepEqual(heard, [[1, 2], [1, 2, 3]]);
});

workerTest(
  "what is wrong with an input arrives as an InputError, faults by their names",
  async (worker) => {
    const refused = await worker.call("refuse", "input").catch((error) => error);
    assert.ok(refused instanceof InputError);
    assert.equal(refused.name, "CheckpointError");
    assert.deepEqual(refused.said, phrase`Take ${option("tile", 64)}.`, "its parts come with it");
    const fault = await worker.call("refuse", "too far").catch((error) => error);
    assert.ok(!(fault instanceof InputError));
    assert.deepEqual([fault.name, fault.message], ["RangeError", "too far"]);
    assert.match(fault.stack, /echo_worker\.ts/, "the trace is that of the worker");
    assert.equal(await worker.call("twice", 1), 2, "the worker goes on");
  },
);

workerTest("an answer that can't be sent is an error, and the worker goes on", async (worker) => {
  await assert.rejects(worker.call("unsendable"), { name: "DataCloneError" });
  assert.equal(await worker.call("twice", 1), 2);
});

workerTest("arrays move to the worker and back where that is asked for", async (worker) => {
  const bytes = Uint8Array.of(1, 2, 3);
  const answer = worker.call("bytesLeft", bytes, { transfer: [bytes.buffer] });
  assert.equal(bytes.byteLength, 0);
  assert.deepEqual(await answer, Uint8Array.of(1, 2, 3));
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(await worker.call("left"), 0);
});

workerTest("a cancelled call throws the signal's reason, and others go on", async (worker) => {
  const end = new AbortController();
  const { signal } = end;
  const cancelled = worker.call("untilCancelled", undefined, { signal });
  const other = worker.call("untilCancelled", undefined);
  other.catch(() => {});
  assert.equal(await worker.call("twice", 1), 2);
  end.abort(new Error("changed my mind"));
  await assert.rejects(cancelled, /^Error: changed my mind$/);
  await assert.rejects(worker.call("hello", undefined, { signal }), /changed my mind/);
  assert.equal(worker.pending, 1, "the other call still waits");
});

workerTest(
  "a fault that ends a worker ends all that waits for it, and later calls",
  async (worker) => {
    const waiting = assert.rejects(worker.call("never"), LOST);
    await worker.call("die");
    await waiting;
    await assert.rejects(worker.call("hello"), { ...LOST, message: /struck by lightning/ });
  },
);

workerTest("a call that nobody knows ends the worker", async (worker) => {
  const wrong = worker as unknown as WorkerCalls<{ unknown(): void }>;
  await assert.rejects(wrong.call("unknown"), { ...LOST, message: /knows no call unknown/ });
});

workerTest("closing, giving up and ending a worker end all that waits for it", async (worker) => {
  const endings = {
    close: (calls: WorkerCalls<EchoCalls>) => calls.close(),
    giveUp: (calls: WorkerCalls<EchoCalls>) => calls.giveUp("it hangs"),
    terminate: (calls: WorkerCalls<EchoCalls>) => calls.terminate(),
  };
  for (const end of Object.values(endings)) {
    const ended = new WorkerCalls<EchoCalls>(MODULE);
    const waiting = assert.rejects(ended.call("never"), LOST);
    await ended.call("hello");
    await end(ended);
    await waiting;
    await assert.rejects(ended.call("hello"), LOST);
  }
  assert.equal(await worker.call("hello"), "hello");
});

Deno.test("a module that can't be loaded is a lost worker", async () => {
  const worker = new WorkerCalls<EchoCalls>(new URL("./absent.ts", import.meta.url));
  await assert.rejects(worker.call("hello"), LOST);
});
