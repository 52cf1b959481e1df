import assert from "assert";
import { learnMap } from "../../src/calibration/learn.ts";
import type { CalibrationMap } from "../../src/calibration/map.ts";
import { calibratedCompletion } from "../../src/prediction/calibration.ts";
import type { SliceInterpolator } from "../../src/prediction/interpolator.ts";
import { measureGaps, wideGaps } from "../../src/prediction/known_gaps.ts";
import { planPrediction, type PredictionOptions } from "../../src/prediction/plan.ts";
import { predictSlices } from "../../src/prediction/predict.ts";
import { Normalizer } from "../../src/stack/normalizer.ts";
import type { StackReader } from "../../src/stack/stack.ts";
import { corpusGrams } from "../calibration/corpus.ts";
import { seeded } from "../calibration/noise.ts";
import { LinearInterpolator, stackInfo } from "./stand_ins.ts";

const normalizer = new Normalizer("range", { low: 0, high: 1 });
const [HEIGHT, WIDTH] = [96, 80];

/** A disc that moves by two samples a slice, under noise. */
function movingDisc(depth: number, strength: number): StackReader & { truth: Float32Array[] } {
  const noise = seeded(depth);
  const truth = Array.from(
    { length: 2 * depth - 1 },
    (_, k) =>
      Float32Array.from({ length: HEIGHT * WIDTH }, (_, i) => {
        const [y, x] = [Math.floor(i / WIDTH) - 48, i % WIDTH - 20 - k];
        return 0.2 + 0.5 / (1 + Math.exp((Math.hypot(y, x) - 12) / 2));
      }),
  );
  const samples = Array.from(
    { length: depth },
    (_, z) => truth[2 * z].map((value) => value + strength * (noise() + noise() - 1)),
  );
  return {
    name: "disc.tif",
    info: stackInfo([1, 1, depth, HEIGHT, WIDTH], { sampleType: "float32" }),
    readSlice: (_t, _c, z) => Promise.resolve(samples[z]),
    truth,
  };
}

/** A network that answers nonsense. */
class Nonsense extends LinearInterpolator {
  override async interpolate(...asked: Parameters<SliceInterpolator["interpolate"]>) {
    const answers = await super.interpolate(...asked);
    return answers.map((answer) =>
      answer.map((value, i) => Math.min(1, value / 2 + 0.4 * Math.abs(Math.sin(i * i))))
    );
  }
}

async function predict(
  reader: StackReader,
  interpolator: SliceInterpolator,
  map: CalibrationMap | undefined,
  options: PredictionOptions = {},
): Promise<Float32Array[]> {
  const plan = planPrediction(reader.info, interpolator, options);
  const network = { interpolator, plan };
  const completion = map && calibratedCompletion(
    reader.info,
    await measureGaps(reader, wideGaps(reader.info.sizes), { normalizer, network }),
    map,
  );
  const slices = predictSlices(reader, interpolator, plan, { normalizer, completion });
  return (await Array.fromAsync(slices)).map(({ slice }) => slice as Float32Array);
}

function error(slices: readonly Float32Array[], truth: readonly Float32Array[]): number {
  let sum = 0;
  slices.forEach((slice, k) => {
    if (k % 2 === 1) slice.forEach((value, i) => sum += (value - truth[k][i]) ** 2);
  });
  return sum;
}

const corpus = await corpusGrams();
const map = corpus && learnMap(corpus.all);

Deno.test({
  name: "calibrated slices are the same bits whatever batches they were predicted in",
  ignore: !map,
  async fn() {
    const reader = movingDisc(6, 0.05);
    const whole = await predict(reader, new LinearInterpolator(), map);
    for (const batchSize of [1, 3]) {
      assert.deepEqual(await predict(reader, new LinearInterpolator(), map, { batchSize }), whole);
    }
  },
});

Deno.test({
  name: "tiles change calibrated slices no more than they change the network's answer",
  ignore: !map,
  async fn() {
    const reader = movingDisc(4, 0.05);
    // What answers sample by sample answers alike in tiles of any size.
    const [whole, tiled] = [
      await predict(reader, new LinearInterpolator(), map),
      await predict(reader, new LinearInterpolator(), map, { tile: 64, overlap: 16 }),
    ];
    const off = Math.max(
      ...whole.flatMap((slice, k) =>
        Array.from(slice, (value, i) => Math.abs(value - tiled[k][i]))
      ),
    );
    assert.ok(off < 1e-6, `off by ${off}`);
  },
});

for (const depth of [2, 3, 5, 9, 33]) {
  for (const [noise, strength] of [["noise", 0.1], ["hardly any noise", 0.002]] as const) {
    Deno.test({
      name: `a network of nonsense is weighed down, ${depth} slices under ${noise}`,
      ignore: !map,
      async fn() {
        const reader = movingDisc(depth, strength);
        const alone = error(await predict(reader, new Nonsense(), undefined), reader.truth);
        const calibrated = error(await predict(reader, new Nonsense(), map), reader.truth);
        const slices = await predict(reader, new LinearInterpolator(), undefined);
        const linear = error(slices, reader.truth);
        // With two slices there is nothing to tell nonsense by: the typical weights are taken.
        assert.ok(calibrated < alone, `${calibrated}, the network ${alone}`);
        if (depth >= 5) assert.ok(calibrated < 3 * linear, `${calibrated}, linear ${linear}`);
      },
    });
  }
}
