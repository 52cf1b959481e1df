import assert from "assert";
import { ComputeLane } from "../../src/jobs/compute_lane.ts";

Deno.test("a device that is lost ends all that waits for it, and another worker is started", async () => {
  const said: string[] = [];
  const module = new URL("./silent_worker.ts", import.meta.url);
  const lane = new ComputeLane({ module, say: (line) => void said.push(line) });
  const work = lane.call("work");
  const ended = assert.rejects(work, { name: "WorkerLostError" });
  await lane.askPulse();
  await assert.rejects(lane.call("interpolate"), { name: "WorkerLostError" });
  await ended;
  assert.deepEqual(said, [
    "The adapter silent was lost, and is opened again: the device is gone",
  ]);
  assert.equal((await lane.askPulse()).slices, 14, "slices of the one before count, too");
  await lane.close();
});
