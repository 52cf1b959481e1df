import assert from "assert";
import { hostFilter } from "../../src/calibration/band_filter.ts";
import { DeviceLostError, planPrediction, type Predictor, predictSlices } from "../../src/core.ts";
import { SharedQueue } from "../../src/fleet/shared_queue.ts";
import { Normalizer } from "../../src/stack/normalizer.ts";
import { FakeReader, LinearInterpolator, stackInfo } from "../prediction/stand_ins.ts";

const normalizer = new Normalizer("dtype", { low: 0, high: 255 });
const noise = (_t: number, _c: number, z: number, i: number) => (z * 1299709 + i * 15485863) % 256;

/** A device that blends linearly, when it is let; `hold` makes it wait for `release`. */
class FakeDevice extends LinearInterpolator implements Predictor {
  readonly adapters: Predictor["adapters"];
  readonly peakDeviceBytes = 0;
  readonly calibrator = { filter: hostFilter, filterBytes: 0 };
  readonly #held = Promise.withResolvers<void>();

  readonly #hold?: { after: number; lost?: boolean };

  constructor(name: string, hold?: { after: number; lost?: boolean }) {
    super();
    this.#hold = hold;
    this.adapters = [{ name, type: "gpu" }];
  }

  resetPeak(): void {}

  release(): void {
    this.#held.resolve();
  }

  override async interpolate(...call: Parameters<LinearInterpolator["interpolate"]>) {
    const answer = await super.interpolate(...call);
    if (!this.#hold || this.batches.length <= this.#hold.after) return answer;
    if (!this.#hold.lost) await this.#held.promise;
    else throw new DeviceLostError("gone", { adapter: "fake", operation: "test" });
    return answer;
  }
}

/** The samples that devices predict of a stack in tiles, and what was said on the way. */
async function predictOn(devices: readonly FakeDevice[]) {
  const said: string[] = [];
  const queue = new SharedQueue(devices, (message) => said.push(message));
  // Floats, whose sums where tiles overlap tell the order in which they were added.
  const info = stackInfo([1, 1, 12, 100, 100], { sampleType: "float32" });
  const reader = new FakeReader(info, noise);
  const plan = planPrediction(reader.info, queue, {
    factor: 3,
    tile: 48,
    overlap: 16,
    batchSize: 4,
  });
  const slices = await Array.fromAsync(predictSlices(reader, queue, plan, { normalizer }));
  return { samples: slices.map(({ slice }) => slice), said, plan };
}

const alone = (await predictOn([new FakeDevice("one")])).samples;

Deno.test("several devices share the batches, and answer as one does, to the bit", async () => {
  const devices = ["a", "b", "c"].map((name) => new FakeDevice(name));
  const { samples, plan } = await predictOn(devices);
  assert.deepEqual(samples, alone);
  assert.equal(plan.calls, 6);
  for (const { batches } of devices) assert.ok(batches.length > 1, "each had its share");
  const tiles = devices.flatMap(({ batches }) => batches).reduce((a, b) => a + b);
  assert.equal(tiles, plan.tilePasses, "no batch was computed twice");
});

Deno.test("a device that hangs holds the others back no longer than they are patient", async () => {
  const slow = new FakeDevice("slow", { after: 0 });
  const { samples, said } = await predictOn([slow, new FakeDevice("fast")]);
  assert.deepEqual(samples, alone);
  assert.deepEqual(said, []);
  assert.equal(slow.batches.length, 1, "it got no second batch");
  slow.release();
});

Deno.test("devices that are closed with the queue are not lost: nothing is said of them", async () => {
  const slow = new FakeDevice("slow", { after: 0, lost: true });
  const said: string[] = [];
  const queue = new SharedQueue([slow], (message) => said.push(message));
  const plane = new Float32Array(256);
  const answer = queue.interpolate([{ before: plane, after: plane, dpm: 0.5 }], 16, 16);
  answer.catch(() => {});
  queue.close();
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(said, []);
});

Deno.test("a lost device's batches go to the others, and a sentence says so", async () => {
  const devices = [new FakeDevice("good"), new FakeDevice("bad", { after: 2, lost: true })];
  const { samples, said } = await predictOn(devices);
  assert.deepEqual(samples, alone);
  assert.equal(said.length, 1);
  assert.match(said[0], /The adapter bad was lost, and its batches go to others: 1 goes on\./);
});

Deno.test("a prediction ends with an error that names them when all devices are lost", async () => {
  const lost = { after: 1, lost: true };
  const devices = [new FakeDevice("x", lost), new FakeDevice("y", lost)];
  await assert.rejects(predictOn(devices), /Every adapter is lost, .*x, y/);
});

Deno.test("another error than a loss is thrown, and no device is given up", async () => {
  const broken = new FakeDevice("broken");
  broken.interpolate = () => Promise.reject(new Error("NaN"));
  await assert.rejects(predictOn([broken, new FakeDevice("good")]), /^Error: NaN$/);
});

Deno.test("a fleet can do what its weakest device can", () => {
  const [small, large] = [2 ** 20, 2 ** 30].map((memoryLimit) => {
    const device = new FakeDevice("");
    return Object.assign(device, { memoryLimit });
  });
  const queue = new SharedQueue([large, small], () => {});
  assert.equal(queue.memoryLimit, 2 ** 20);
  assert.equal(queue.fits(1, 64, 64), true);
  assert.equal(queue.fits(8, 64, 64), false);
  assert.equal(queue.peakBytes(1, 64, 64), small.peakBytes(1, 64, 64));
});
