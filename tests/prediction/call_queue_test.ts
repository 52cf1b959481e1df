import assert from "assert";
import { Batcher, CallQueue, type Work } from "../../src/prediction/call_queue.ts";
import type { SliceRequest } from "../../src/prediction/interpolator.ts";
import { LinearInterpolator } from "./stand_ins.ts";

const SIDES = { height: 1, width: 1 };

/** Answers when it is told to: the n-th batch by `answer(n)`. */
class Held extends LinearInterpolator {
  readonly #answers: (() => void)[] = [];

  override interpolate(requests: readonly SliceRequest[]) {
    this.batches.push(requests.length);
    const { promise, resolve } = Promise.withResolvers<Float32Array<ArrayBuffer>[]>();
    this.#answers.push(() => resolve(requests.map(({ before }) => before)));
    return promise;
  }

  async answer(index: number): Promise<void> {
    this.#answers[index]();
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** Work whose delivery is put on record. */
function works(delivered: number[], ...values: number[]): Work[] {
  return values.map((value) => {
    const plane = Float32Array.of(value);
    return {
      request: { before: plane, after: plane, dpm: 0.5 },
      deliver: ([answer]) => delivered.push(answer),
    };
  });
}

Deno.test("a CallQueue goes on when any batch is answered, and delivers in the batches' order", async () => {
  const device = new Held();
  const delivered: number[] = [];
  const counts: number[] = [];
  const queue = new CallQueue(device, SIDES, { most: 3, onDelivered: (n) => counts.push(n) });
  await queue.start(works(delivered, 0));
  await queue.start(works(delivered, 1, 2));
  let started = false;
  const third = queue.start(works(delivered, 3)).then(() => started = true);
  await device.answer(1);
  assert.equal(started, true, "the second answer made room");
  assert.deepEqual(delivered, [], "but the first batch comes first");
  await third;
  await device.answer(0);
  assert.deepEqual(delivered, [0, 1, 2]);
  assert.deepEqual(counts, [1, 2]);
  await device.answer(2);
  await queue.drain();
  assert.deepEqual(delivered, [0, 1, 2, 3]);
});

Deno.test("a Batcher finishes a batch that too many rows wait for, however fast answers come", async () => {
  const device = new LinearInterpolator();
  const queue = new CallQueue(device, SIDES, { most: 2, onDelivered: () => {} });
  const batcher = new Batcher(queue, 4);
  const delivered: number[] = [];
  for (const work of works(delivered, 0, 1, 2, 3, 4)) await batcher.add(work);
  for (let row = 0; row < 3; row++) await batcher.rowDone(3);
  assert.deepEqual(device.batches, [4]);
  await batcher.rowDone(3);
  assert.deepEqual(device.batches, [4, 1]);
  assert.deepEqual(delivered, [0, 1, 2, 3, 4]);
});
