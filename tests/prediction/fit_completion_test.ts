import assert from "assert";
import { hostFilter } from "../../src/calibration/band_filter.ts";
import { BANDS } from "../../src/calibration/bands.ts";
import type { CalibrationMap } from "../../src/calibration/map.ts";
import { segmentJob, segmentsOf } from "../../src/files/shard.ts";
import { fitCompletion } from "../../src/prediction/calibration.ts";
import { planEnsemble, predictEnsemble } from "../../src/prediction/ensemble.ts";
import type { Calibrator, SliceInterpolator } from "../../src/prediction/interpolator.ts";
import { planPrediction, type PredictionOptions } from "../../src/prediction/plan.ts";
import { predictSlices } from "../../src/prediction/predict.ts";
import type { Progress } from "../../src/prediction/progress.ts";
import { Normalizer } from "../../src/stack/normalizer.ts";
import type { StackReader } from "../../src/stack/stack.ts";
import { seeded } from "../calibration/noise.ts";
import { FakeReader, LinearInterpolator, stackInfo } from "./stand_ins.ts";

const normalizer = new Normalizer("range", { low: 0, high: 1 });
const [HEIGHT, WIDTH] = [40, 72];

/** Corrects nothing: a stack's own fit, and the mean of linear interpolation and the network. */
const MAP: CalibrationMap = {
  corrections: Array.from({ length: 3 }, () => new Array<number>(21).fill(0)),
  typical: Array.from({ length: BANDS }, () => [1, 0, 0.5]),
};

/** Answers a little brighter than the blend, like its own mirror image from either side. */
class Brighter extends LinearInterpolator {
  readonly calibrator: Calibrator;

  constructor(map?: CalibrationMap, options = {}) {
    super(options);
    this.calibrator = { map, filter: hostFilter, filterBytes: 0 };
  }

  override async interpolate(...asked: Parameters<SliceInterpolator["interpolate"]>) {
    const answers = await super.interpolate(...asked);
    return answers.map((answer) => answer.map((value) => value + 0.1 * value * (1 - value)));
  }
}

function noisy(depth: number, frames = 1, channels = 1): StackReader {
  const noise = seeded(depth);
  const slices = Array.from(
    { length: frames * channels * depth },
    (_, n) =>
      Float32Array.from(
        { length: HEIGHT * WIDTH },
        (_, i) => 0.5 + 0.3 * Math.sin(i / 9 + n / 3) + 0.1 * (noise() - 0.5),
      ),
  );
  return {
    name: "noisy.tif",
    info: stackInfo([frames, channels, depth, HEIGHT, WIDTH], { sampleType: "float32" }),
    readSlice: (t, c, z) => Promise.resolve(slices[(t * channels + c) * depth + z]),
  };
}

async function predict(
  reader: StackReader,
  network: SliceInterpolator,
  options: PredictionOptions = {},
  onProgress?: (progress: Progress) => void,
) {
  const plan = planPrediction(reader.info, network, options);
  const run = { normalizer, onProgress };
  const completion = await fitCompletion(reader, network, plan, run);
  const slices = await Array.fromAsync(
    predictSlices(reader, network, plan, { ...run, completion }),
  );
  return { plan, completion, slices };
}

const samplesOf = ({ slices }: { slices: readonly { slice: ArrayLike<number> }[] }) =>
  slices.map(({ slice }) => slice);

Deno.test("a model that carries a map is calibrated, and says on what", async () => {
  const reader = noisy(6);
  const calibrated = await predict(reader, new Brighter(MAP));
  const bare = await predict(reader, new Brighter());
  assert.equal(calibrated.plan.metadata.calibration, "bands, 4 gaps of the stack");
  assert.equal(calibrated.plan.calibrationSlices, 4);
  assert.deepEqual(calibrated.plan.notes, []);
  calibrated.slices.forEach(({ slice, original }, k) => {
    if (original) assert.deepEqual(slice, bare.slices[k].slice);
    else assert.notDeepEqual(slice, bare.slices[k].slice);
  });
});

Deno.test("calibration that is off gives the network's own slices and says nothing", async () => {
  const reader = noisy(6);
  const off = await predict(reader, new Brighter(MAP), { calibration: "off" });
  const without = await predict(reader, new Brighter());
  assert.deepEqual(samplesOf(off), samplesOf(without));
  assert.equal(off.completion, undefined);
  assert.deepEqual(off.plan.notes, []);
  assert.ok(!("calibration" in off.plan.metadata));
});

Deno.test("a model without a map is not calibrated, and a note says how to learn one", async () => {
  const { plan, completion } = await predict(noisy(6), new Brighter());
  assert.equal(completion, undefined);
  assert.match(plan.notes.join(), /carries no calibration map.*zaugnet calibrate/);
});

Deno.test("slices at uneven positions are not calibrated, with a note; at even ones they are", () => {
  const { info } = noisy(4);
  const uneven = planPrediction(info, new Brighter(MAP), { positions: [0, 1, 2, 4] });
  assert.equal(uneven.calibrationGaps, undefined);
  assert.match(uneven.notes.join(), /uneven positions are not calibrated/);
  const even = planPrediction(info, new Brighter(MAP), { positions: [0, 2, 4, 6] });
  assert.equal(even.calibrationGaps?.length, 2);
});

Deno.test("two slices are completed by the map's typical weights", async () => {
  const reader = noisy(2);
  const { plan, slices } = await predict(reader, new Brighter(MAP));
  assert.equal(plan.metadata.calibration, "bands, typical weights");
  const [below, above] = [await reader.readSlice(0, 0, 0), await reader.readSlice(0, 0, 1)];
  slices[1].slice.forEach((value, i) => {
    const linear = (below[i] + above[i]) / 2;
    const expected = linear + 0.5 * 0.1 * linear * (1 - linear);
    assert.ok(Math.abs(value - expected) < 1e-6, `sample ${i}: ${value}, not ${expected}`);
  });
});

Deno.test("progress counts the slices that are measured first, and ends with all", async () => {
  const reports: Progress[] = [];
  await predict(noisy(6), new Brighter(MAP), {}, (progress) => reports.push(progress));
  assert.deepEqual(new Set(reports.map(({ total }) => total)), new Set([9]));
  assert.ok(reports.every(({ done }, i) => i === 0 || done >= reports[i - 1].done));
  assert.equal(reports.at(-1)!.done, 9);
});

for (const [name, anyDistance, factor] of [["thirds", true, 3], ["quarters", false, 4]] as const) {
  Deno.test(`shards make the same bits as one run, ${name}`, async () => {
    const reader = noisy(6, 2, 2);
    const network = new Brighter(MAP, { anyDistance });
    const whole = await predict(reader, network, { factor });
    for (const count of [2, 3, 10]) {
      const slices = [];
      for (let index = 0; index < count; index++) {
        for (const segment of segmentsOf(reader, { index, of: count })) {
          const own = segmentJob(reader, whole.plan, segment);
          const completion = await fitCompletion(reader, network, whole.plan, { normalizer });
          const stream = predictSlices(own.reader, network, own.plan, { normalizer, completion });
          slices.push(...await Array.fromAsync(stream));
        }
      }
      assert.deepEqual(samplesOf({ slices }), samplesOf(whole), `${count} shards`);
    }
  });
}

Deno.test("an uncalibrated shard reads nothing beyond its ends", async () => {
  const reader = new FakeReader(stackInfo([1, 1, 8, 16, 16]), (_t, _c, z) => 9 * z);
  const network = new LinearInterpolator();
  const plan = planPrediction(reader.info, network);
  const own = segmentJob(reader, plan, { t: 0, firstGap: 2, endGap: 4 });
  await Array.fromAsync(predictSlices(own.reader, network, own.plan, { normalizer }));
  assert.deepEqual(reader.reads, ["0,0,2", "0,0,3", "0,0,4"]);
});

Deno.test("an ensemble is calibrated member by member: alike ones give one run's slices", async () => {
  const reader = noisy(5);
  const network = new Brighter(MAP);
  const one = await predict(reader, network);
  const plan = planEnsemble(reader.info, network);
  const completion = await fitCompletion(reader, network, plan, { normalizer });
  const slices = await Array.fromAsync(
    predictEnsemble(reader, network, plan, { normalizer, completion }),
  );
  slices.forEach(({ slice, spread }, k) => {
    slice.forEach((value, i) => {
      assert.ok(Math.abs(value - one.slices[k].slice[i]) < 1e-6);
      assert.ok(spread[i] < 1e-6);
    });
  });
});

Deno.test("calibration leaves room for its filter on the device", () => {
  const { info } = noisy(40);
  const memoryLimit = 40 * 48 * 80 * 10;
  const network = new Brighter(MAP, { memoryLimit });
  const roomy = planPrediction(info, network);
  const filter = { ...network.calibrator, filterBytes: memoryLimit / 2 };
  const narrow = planPrediction(info, Object.assign(network, { calibrator: filter }));
  assert.deepEqual([roomy.batchSize, narrow.batchSize], [10, 5]);
  assert.equal(planPrediction(info, network, { calibration: "off" }).batchSize, 10);
});

const STACKS: Readonly<Record<string, (z: number, i: number) => number>> = {
  flat: () => 0.4,
  still: (_z, i) => 0.5 + 0.4 * Math.sin(i / 5),
  saturated: (z, i) => (i + 3 * z) % 40 < 20 ? 1 : 0,
};
for (const [name, sample] of Object.entries(STACKS)) {
  for (const depth of [2, 3, 5, 9, 33]) {
    Deno.test(`a ${name} stack of ${depth} slices stays finite and within the window`, async () => {
      const reader = new FakeReader(
        stackInfo([1, 1, depth, HEIGHT, WIDTH], { sampleType: "float32" }),
        (_t, _c, z, i) => sample(z, i),
      );
      const { slices } = await predict(reader, new Brighter(MAP));
      assert.equal(slices.length, 2 * depth - 1);
      for (const { slice } of slices) {
        assert.ok(slice.every((value) => value >= 0 && value <= 1));
      }
    });
  }
}
