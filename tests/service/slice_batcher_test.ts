import assert from "assert";
import type { SliceInterpolator, SliceRequest } from "../../src/core.ts";
import { SliceBatcher } from "../../src/service/slice_batcher.ts";

/** Answers each request's own mean; fits this many planes, and fails where it is told to. */
function standIn(most: number) {
  const passes: number[] = [];
  const state = { fails: false, passes };
  const network: SliceInterpolator = {
    anyDistance: true,
    memoryLimit: 0,
    peakBytes: () => 0,
    fits: (batch) => batch <= most,
    async interpolate(requests) {
      passes.push(requests.length);
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (state.fails) throw new Error("the device failed");
      return requests.map(({ before, after }) => before.map((b, i) => (b + after[i]) / 2));
    },
  };
  return { state, batcher: () => new SliceBatcher(network, 1, 1) };
}

function request(value: number): SliceRequest {
  return { before: Float32Array.of(value), after: Float32Array.of(value + 2), dpm: 0.5 };
}

Deno.test("slices of several callers that wait together go in one pass, each answer to its caller", async () => {
  const { state, batcher } = standIn(16);
  const shared = batcher();
  const callers = [[0], [10, 20], [30]];
  const answers = await Promise.all(callers.map((values) => shared.add(values.map(request))));
  assert.deepEqual(answers.map((planes) => planes.map(([value]) => value)), [[1], [11, 21], [31]]);
  assert.deepEqual(state.passes, [4]);
});

Deno.test("slices that come while a pass runs go together in the next", async () => {
  const { state, batcher } = standIn(16);
  const shared = batcher();
  const first = shared.add([request(0)]);
  while (state.passes.length === 0) await new Promise((resolve) => setTimeout(resolve));
  await Promise.all([first, shared.add([request(1)]), shared.add([request(2)])]);
  assert.deepEqual(state.passes, [1, 2]);
});

Deno.test("no pass is larger than fits the device", async () => {
  const { state, batcher } = standIn(3);
  await batcher().add([0, 1, 2, 3, 4, 5, 6].map(request));
  assert.deepEqual(state.passes, [3, 3, 1]);
});

Deno.test("slices that do not fit at all are refused", () => {
  assert.throws(() => standIn(0).batcher(), /too large for the adapter's memory/);
});

Deno.test("a pass that fails is told to its callers, and the next one runs", async () => {
  const { state, batcher } = standIn(16);
  const shared = batcher();
  state.fails = true;
  await assert.rejects(shared.add([request(0)]), /the device failed/);
  state.fails = false;
  assert.deepEqual(await shared.add([request(0)]), [Float32Array.of(1)]);
});
