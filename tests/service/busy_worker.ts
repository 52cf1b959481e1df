/** A worker that does jobs and slices, and has no time to tell how it is. */
import { answerCalls } from "../../src/workers/answer_calls.ts";

const pulse = (slices: number) => ({ slices, liveBytes: 1, peakBytes: 2 });

answerCalls({
  adapters: () => [{ name: "busy", vendor: "none" }],
  open: () => {},
  work: () => ({ value: { state: "cancelled" }, pulse: pulse(4) }),
  pulse: () => new Promise(() => {}),
  interpolate: () => ({ value: [new Float32Array(1)], pulse: pulse(5) }),
});
