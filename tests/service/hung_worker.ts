/** A worker without a device that hangs at the first attempt of a job, and does the next. */
import { answerCalls } from "../../src/workers/answer_calls.ts";
import type { WorkCall } from "../../src/service/compute_worker.ts";

const PULSE = { slices: 0, liveBytes: 0, peakBytes: 0 };
const NEVER = new Promise<never>(() => {});
let hangs = false;

answerCalls({
  adapters: () => [{ name: "hung", vendor: "none" }],
  open: () => {},
  work({ attempt }: WorkCall) {
    hangs = attempt === 1;
    return hangs ? NEVER : { value: { state: "succeeded", result: {} }, pulse: PULSE };
  },
  pulse: () => hangs ? NEVER : PULSE,
});
