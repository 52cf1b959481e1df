import assert from "assert";
import { ComputeLane } from "../../src/service/compute_lane.ts";
import type { SlicesCall, WorkCall } from "../../src/service/compute_worker.ts";

const WORK: WorkCall = { kind: "prediction", folder: "", attempt: 1, options: {} };
const SLICES: SlicesCall = { model: "", requests: [], height: 16, width: 16 };

Deno.test("a device that is lost ends all that waits for it, and another worker is started", async () => {
  const said: string[] = [];
  const module = new URL("./silent_worker.ts", import.meta.url);
  const lane = new ComputeLane({ module, say: (line) => void said.push(line) });
  const work = lane.work(WORK);
  const ended = assert.rejects(work, { name: "WorkerLostError" });
  await lane.askPulse();
  await assert.rejects(lane.interpolate(SLICES), { name: "WorkerLostError" });
  await ended;
  assert.deepEqual(said, [
    "The adapter silent was lost, and is opened again: the device is gone",
  ]);
  assert.equal((await lane.askPulse()).slices, 14, "slices of the one before count, too");
  await lane.close();
});

Deno.test("what a worker did is counted with its answer, however late it tells how it is", async () => {
  const module = new URL("./busy_worker.ts", import.meta.url);
  const lane = new ComputeLane({ module, say() {} });
  assert.deepEqual(await lane.work(WORK), { state: "cancelled" });
  assert.equal(lane.pulse.slices, 4);
  assert.deepEqual(await lane.interpolate(SLICES), [new Float32Array(1)]);
  assert.equal(lane.pulse.slices, 5);
  await lane.close();
});
