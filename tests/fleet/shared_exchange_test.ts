import assert from "assert";
import { exchangeMemory, SharedExchange } from "../../src/fleet/shared_exchange.ts";

function replicas(count: number, values: number): SharedExchange[] {
  const memory = exchangeMemory(count, values);
  return Array.from({ length: count }, (_, rank) => new SharedExchange(memory, rank));
}

/** Replicas are threads, which keep a program alive while they wait; here a timer does. */
async function alive(work: () => Promise<void>): Promise<void> {
  const timer = setInterval(() => {}, 10);
  await work().finally(() => clearInterval(timer));
}

/** Values whose float32 sum depends on the order in which they are added. */
const gradientsOf = (rank: number) =>
  Float32Array.from({ length: 7 }, (_, i) => (rank === 1 ? 1e8 : 1) * Math.sin(3 * rank + i));

Deno.test("replicas get the sum of all gradients and losses, added in pairs, as float32", () =>
  alive(async () => {
    const all = replicas(3, 10);
    for (let round = 0; round < 3; round++) {
      const passes = [0, 1, 2].map((rank) => ({
        losses: { total: rank + 0.5, penalty: 10 * round },
        gradients: [gradientsOf(rank).subarray(0, 3), undefined, gradientsOf(rank + round)],
      }));
      // The last one comes first: the order of arrival must not count.
      const order = [2, 0, 1];
      const results = await Promise.all(order.map((rank) => all[rank].combine(passes[rank])));
      const sum = (k: 0 | 2) =>
        passes[0].gradients[k]!.map((value, i) =>
          Math.fround(Math.fround(value + passes[1].gradients[k]![i]) + passes[2].gradients[k]![i])
        );
      for (const { losses, gradients } of results) {
        assert.deepEqual(losses, { total: 4.5, penalty: 30 * round });
        assert.deepEqual(gradients, [sum(0), undefined, sum(2)]);
      }
    }
  }));

Deno.test("replicas that wait for one that failed end, and so do those that come later", () =>
  alive(async () => {
    const [first, second] = replicas(3, 4);
    const pass = { losses: {}, gradients: [new Float32Array(4)] };
    const waiting = first.combine(pass);
    first.abandon();
    await assert.rejects(waiting, { name: "ExchangeAbandonedError" });
    await assert.rejects(second.combine(pass), { name: "ExchangeAbandonedError" });
  }));
