import assert from "assert";
import { FlowInterpolator } from "../../src/prediction/flow_interpolator.ts";
import { testDevice } from "../support/device.ts";

const device = await testDevice();
const [height, width] = [48, 64];

/** A smooth pattern, moved. */
function pattern(dx: number, dy: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: height * width }, (_, i) => {
    const [x, y] = [i % width - dx, Math.floor(i / width) - dy];
    return 0.5 + 0.25 * Math.sin(x / 3) * Math.cos(y / 4) + 0.2 * Math.sin(x / 7 + y / 5);
  });
}

/** Root of the mean squared difference, away from the edges, past which a pattern moves. */
function inside(a: Float32Array, b: Float32Array): number {
  const margin = 8;
  let squares = 0;
  let count = 0;
  for (let y = margin; y < height - margin; y++) {
    for (let x = margin; x < width - margin; x++, count++) {
      squares += (a[y * width + x] - b[y * width + x]) ** 2;
    }
  }
  return Math.sqrt(squares / count);
}

Deno.test("optical flow follows what moves, at any distance and in both directions", async () => {
  const flow = new FlowInterpolator(device);
  const [before, after] = [pattern(0, 0), pattern(3, -2)];
  const requests = [
    ...[0.25, 0.5, 0.8].map((dpm) => ({ before, after, dpm })),
    { before: after, after: before, dpm: 0.2 },
  ];
  const answers = await flow.interpolate(requests, height, width);
  for (const [i, distance] of [0.25, 0.5, 0.8, 0.8].entries()) {
    const truth = pattern(3 * distance, -2 * distance);
    const linear = before.map((value, p) => value + distance * (after[p] - value));
    const [error, straight] = [inside(answers[i], truth), inside(linear, truth)];
    assert.ok(error < straight / 3, `at ${distance}: ${error}, linear ${straight}`);
  }
  flow.dispose();
});

Deno.test("optical flow between equal slices is still, and two runs agree to the bit", async () => {
  const live = device.liveBytes;
  const flow = new FlowInterpolator(device);
  const before = pattern(0, 0);
  const request = { before, after: before, dpm: 0.5 };
  const [same] = await flow.interpolate([request], height, width);
  assert.ok(inside(same, before) < 1e-6);
  const moved = { before, after: pattern(2, 1), dpm: 0.5 };
  const [[first], [second]] = [
    await flow.interpolate([moved], height, width),
    await flow.interpolate([moved], height, width),
  ];
  assert.deepEqual(first, second);
  flow.dispose();
  assert.equal(device.liveBytes, live, "memory is given back");
});

Deno.test("optical flow of a flat pair is finite, and says what memory it takes", async () => {
  const flow = new FlowInterpolator(device);
  const flat = new Float32Array(16 * 16);
  const [answer] = await flow.interpolate([{ before: flat, after: flat, dpm: 0.5 }], 16, 16);
  assert.ok(answer.every((value) => value === 0));
  const large = new Float32Array(256 * 256);
  device.resetPeak();
  await flow.interpolate([{ before: large, after: large, dpm: 0.5 }], 256, 256);
  const [peak, planned] = [device.peakBytes, flow.peakBytes(1, 256, 256)];
  assert.ok(peak <= planned && peak > planned / 2, `${peak} of ${planned} bytes`);
  flow.dispose();
});
