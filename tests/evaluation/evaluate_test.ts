import assert from "assert";
import { InputError } from "../../src/errors.ts";
import { evaluateStack, type StackEvaluation } from "../../src/evaluation/evaluate.ts";
import { METRICS } from "../../src/evaluation/score_card.ts";
import { hostFilter } from "../../src/calibration/band_filter.ts";
import { mapOf } from "../../src/calibration/map.ts";
import { holdOut, keptSlices } from "../../src/evaluation/held_out.ts";
import { fitCompletion } from "../../src/prediction/calibration.ts";
import { planPrediction } from "../../src/prediction/plan.ts";
import { predictSlices } from "../../src/prediction/predict.ts";
import { normalizerFor } from "../../src/stack/normalizer.ts";
import type { StackReader } from "../../src/stack/stack.ts";
import { seeded } from "../calibration/noise.ts";
import { PLAIN_MAP } from "../support/formula_model.ts";
import { FakeReader, LinearInterpolator, stackInfo } from "../prediction/stand_ins.ts";

type Sizes = readonly [t: number, c: number, z: number, y: number, x: number];

/** Smooth in z, with values 0 and 200 somewhere. */
function wavy([t, c, z, y, x]: Sizes): FakeReader {
  return new FakeReader(
    stackInfo([t, c, z, y, x]),
    (time, channel, slice, i) =>
      Math.round(100 + 100 * Math.sin((slice + 3 * channel + time) / 3 + i / 7)),
  );
}

function assertSameScores({ scores }: StackEvaluation) {
  for (const metric of METRICS) {
    const off = Math.abs(scores.network[metric] - scores.linear[metric]);
    assert.ok(off < 1e-4, `${metric} is off by ${off}`);
  }
}

const WHOLE = { normalization: { normalization: "stack" } } as const;

for (
  const { factor, anyDistance, generated } of [
    { factor: 2, anyDistance: false, generated: 8 },
    { factor: 4, anyDistance: false, generated: 12 },
    { factor: 8, anyDistance: false, generated: 14 },
    { factor: 3, anyDistance: true, generated: 10 },
  ]
) {
  Deno.test(`a network that blends scores as linear interpolation does, factor ${factor}`, async () => {
    const reader = wavy([1, 1, 17, 16, 20]);
    const options = { ...WHOLE, factor };
    const evaluation = await evaluateStack(
      reader,
      new LinearInterpolator({ anyDistance }),
      options,
    );
    assert.equal(evaluation.generated, generated);
    assertSameScores(evaluation);
    assert.ok(evaluation.scores.linear.rmse > 0);
    assert.ok(evaluation.scores.cubic.psnr > evaluation.scores.linear.psnr);
    assert.ok(evaluation.scores.linear.psnr > evaluation.scores.nearest.psnr);
    assert.equal(evaluation.slices.length, 5 * generated);
  });
}

Deno.test("a stack that is linear in z is predicted exactly by a network that blends", async () => {
  const reader = new FakeReader(stackInfo([1, 1, 9, 16, 16]), (_t, _c, z, i) => 10 * z + i % 7);
  const { scores } = await evaluateStack(reader, new LinearInterpolator(), WHOLE);
  assert.ok(scores.linear.psnr > 200 && scores.network.psnr > 100);
  assert.ok(Math.abs(scores.network.ssim - 1) < 1e-9 && Math.abs(scores.network.ssimXz - 1) < 1e-9);
  assert.ok(Math.abs(scores.nearest.bias + 10 * 255 / 86) < 1e-9, "a grey level is 86 / 255");
});

Deno.test("all channels and frames are scored, in the order of the file", async () => {
  const evaluation = await evaluateStack(wavy([2, 3, 7, 16, 16]), new LinearInterpolator(), WHOLE);
  assert.equal(evaluation.generated, 2 * 3 * 3);
  assertSameScores(evaluation);
  const scored = evaluation.slices.filter(({ method }) => method === "network");
  assert.deepEqual(scored.slice(0, 4).map(({ t, c, z }) => [t, c, z]), [
    ...[[0, 0, 1], [0, 1, 1], [0, 2, 1], [0, 0, 3]],
  ]);
});

Deno.test("a block is scored as if it were the stack, in the grey levels of the whole", async () => {
  const reader = wavy([1, 1, 30, 16, 16]);
  const options = { ...WHOLE, slices: { from: 11, to: 20 } };
  const evaluation = await evaluateStack(reader, new LinearInterpolator(), options);
  const scored = evaluation.slices.filter(({ method }) => method === "cubic");
  assert.deepEqual(scored.map(({ z }) => z), [12, 14, 16, 18]);
  const whole = await evaluateStack(reader, new LinearInterpolator(), WHOLE);
  assert.deepEqual(evaluation.range, whole.range);
});

Deno.test("onSlice() sees every slice in grey levels, kept ones as they are", async () => {
  const seen: string[] = [];
  await evaluateStack(wavy([1, 1, 6, 16, 16]), new LinearInterpolator(), {
    ...WHOLE,
    onSlice: ({ z, kept, truth, predicted }) => {
      seen.push(`${z} ${kept ? "kept" : "generated"}`);
      assert.ok(truth.every((value) => value >= 0 && value <= 255));
      if (kept) assert.equal(predicted, truth);
    },
  });
  assert.deepEqual(seen, ["0 kept", "1 generated", "2 kept", "3 generated", "4 kept"]);
});

Deno.test("a stack of one value everywhere is refused: there is nothing to score", async () => {
  const reader = new FakeReader(stackInfo([1, 1, 5, 16, 16]), () => 0);
  await assert.rejects(
    evaluateStack(reader, new LinearInterpolator(), {}),
    new InputError("stack.tif holds 0 everywhere: there is nothing to score."),
  );
});

Deno.test("ZAugNet is refused a factor that doubling does not lead to", async () => {
  const zaugnet = new LinearInterpolator({ anyDistance: false });
  await assert.rejects(
    evaluateStack(wavy([1, 1, 9, 16, 16]), zaugnet, { factor: 3 }),
    /factor: 3 needs a ZAugNet\+ model; .* it can do factor: 4\./,
  );
});

Deno.test("rivals and other programs' stacks are scored in the same table, the network last", async () => {
  const truth = wavy([1, 2, 9, 16, 16]);
  const off = new FakeReader(
    { ...truth.info, sampleType: "float32" },
    (t, c, z, i) => Math.round(100 + 100 * Math.sin((z + 3 * c + t) / 3 + i / 7)) + 4,
  );
  const evaluation = await evaluateStack(truth, new LinearInterpolator(), {
    ...WHOLE,
    factor: 4,
    slices: { from: 0, to: 9 },
    rivals: { blend: new LinearInterpolator() },
    compare: { truth, off },
  });
  const { scores } = evaluation;
  assert.deepEqual(Object.keys(scores), [
    ...["nearest", "linear", "cubic", "adaptive", "blend", "truth", "off", "network"],
  ]);
  assert.deepEqual(scores.blend, scores.network);
  assert.equal(scores.truth.rmse, 0);
  const [low, high] = evaluation.range;
  assert.ok(Math.abs(scores.off.bias - 4 * 255 / (high - low)) < 1e-9, `${scores.off.bias}`);
});

for (
  const { what, info, message } of [
    {
      what: "another depth",
      info: stackInfo([1, 1, 8, 16, 16]),
      message: 'compare: "cafi": stack.tif has 16 x 16, 8 slices, 1 channel, 1 frame, and ' +
        "stack.tif has 16 x 16, 9 slices, 1 channel, 1 frame; to be scored beside the network " +
        "it must have the same size, its slices at the same places.",
    },
    {
      what: "another integer type",
      info: stackInfo([1, 1, 9, 16, 16], { sampleType: "uint16" }),
      message: 'compare: "cafi": stack.tif is uint16 and stack.tif is uint8; write it as uint8 ' +
        "or float32, in the intensities of stack.tif.",
    },
  ]
) {
  Deno.test(`a compared stack of ${what} is refused`, async () => {
    const cafi = new FakeReader(info, () => 1);
    await assert.rejects(
      evaluateStack(wavy([1, 1, 9, 16, 16]), new LinearInterpolator(), { compare: { cafi } }),
      { name: "InputError", message },
    );
  });
}

Deno.test("the ensemble of a network that does not mind turns scores as the network", async () => {
  const reader = wavy([1, 1, 9, 16, 20]);
  const options = { ...WHOLE, factor: 4, uncertainty: true };
  const evaluation = await evaluateStack(reader, new LinearInterpolator(), options);
  assertSameScores(evaluation);
  const { samples, tenths } = evaluation.reliability!;
  assert.equal(samples, 6 * 320);
  assert.ok(tenths.every(({ spread, rmse }) => spread < 1e-4 && rmse > 0));
});

Deno.test("adaptive and calibrated are scored beside the network: its calibrated slices are predict's", async () => {
  const noise = seeded(9);
  const samples = Array.from(
    { length: 13 },
    (_, z) => Float32Array.from({ length: 40 * 72 }, (_, i) => Math.sin(i / 9 + z / 20) + noise()),
  );
  const reader: StackReader = {
    name: "noisy.tif",
    info: stackInfo([1, 1, 13, 40, 72], { sampleType: "float32" }),
    readSlice: (_t, _c, z) => Promise.resolve(samples[z]),
  };
  const calibrator = { map: mapOf(PLAIN_MAP), filter: hostFilter, filterBytes: 0 };
  const network = Object.assign(new LinearInterpolator(), { calibrator });
  const made: Float64Array[] = [];
  const { scores, range } = await evaluateStack(reader, network, {
    ...WHOLE,
    onSlice: ({ kept, made: { calibrated } }) => void (kept || made.push(calibrated)),
  });
  assert.deepEqual(Object.keys(scores), [
    ...["nearest", "linear", "cubic", "adaptive", "calibrated", "network"],
  ]);
  assert.ok(scores.adaptive.psnr > scores.cubic.psnr, "noise wants to be averaged away");
  const held = holdOut(reader, 2);
  const coarse = keptSlices(reader, held);
  const normalizer = await normalizerFor(reader, WHOLE.normalization);
  const plan = planPrediction(coarse.info, network);
  const completion = await fitCompletion(coarse, network, plan, { normalizer });
  const slices = predictSlices(coarse, network, plan, { normalizer, completion });
  const [low, high] = range;
  for await (const { slice, z, original } of slices) {
    if (original) continue;
    made[(z - 1) / 2].forEach((grey, i) => {
      assert.ok(Math.abs(grey - (slice[i] - low) * 255 / (high - low)) < 1e-3);
    });
  }
});
