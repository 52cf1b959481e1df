import assert from "assert";
import { InputError, option, phrase } from "../../src/core.ts";
import { WorkerCalls } from "../../src/fleet/calls.ts";

Deno.test("what a worker refuses comes with its parts; a fault of ours is no InputError", async () => {
  const calls = new WorkerCalls(new URL("./refusing_worker.ts", import.meta.url));
  try {
    const refused = await calls.call("refuse").catch((error) => error);
    assert.ok(refused instanceof InputError);
    assert.deepEqual(refused.said, phrase`Take ${option("tile", 64)}.`);
    const failed: Error = await calls.call<never>("fail").catch((error) => error);
    assert.deepEqual([failed.name, failed instanceof InputError], ["RangeError", false]);
  } finally {
    await calls.close();
  }
});
