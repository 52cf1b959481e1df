/** A worker that never ends a job, and whose device is lost at the first slice. */
import { answerCalls } from "../../src/workers/answer_calls.ts";

answerCalls({
  adapters: () => [{ name: "silent", vendor: "none" }],
  open: () => {},
  work: () => new Promise(() => {}),
  pulse: () => ({ slices: 7, liveBytes: 1, peakBytes: 2 }),
  interpolate() {
    throw Object.assign(new Error("the device is gone"), { name: "DeviceLostError" });
  },
});
