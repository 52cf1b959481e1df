import assert from "assert";
import { leastBusy } from "../../src/workers/least_busy.ts";

Deno.test("leastBusy() takes the worker with least under way, the first of several alike", () => {
  const workers = [{ has: 2 }, { has: 1 }, { has: 1 }, { has: 3 }];
  assert.equal(leastBusy(workers, ({ has }) => has), workers[1]);
  assert.equal(leastBusy([workers[0]], ({ has }) => has), workers[0]);
});
