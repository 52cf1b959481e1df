import assert from "assert";
import { filterBands } from "../../src/calibration/band_filter.ts";
import { BANDS } from "../../src/calibration/bands.ts";
import { featuresAt, type Neighbours } from "../../src/calibration/features.ts";
import { type GapGram, gramOf, listOf, type Plane } from "../../src/calibration/grams.ts";
import { learnMap } from "../../src/calibration/learn.ts";
import {
  calibratedWeights,
  type CalibrationMap,
  fittedWeights,
  weightsAt,
} from "../../src/calibration/map.ts";
import { adaptiveWeights, errorOf, statisticsOf } from "../../src/calibration/statistics.ts";
import { seeded } from "./noise.ts";

const [HEIGHT, WIDTH] = [70, 45];

/** A map that corrects nothing, and typical weights unlike any fit's. */
const MAP: CalibrationMap = {
  corrections: Array.from({ length: 3 }, () => new Array<number>(21).fill(0)),
  typical: Array.from({ length: BANDS }, () => [0.25, 0.125, 2]),
};

function plane(sample: (i: number) => number): Plane {
  return Float32Array.from({ length: HEIGHT * WIDTH }, (_, i) => sample(i));
}

function gap(neighbours: Neighbours, target: Plane, answer: Plane): GapGram {
  return gramOf({ target, ...featuresAt(neighbours, 0.5, answer) }, HEIGHT, WIDTH);
}

/** A network whose answer differs from linear interpolation by rounding alone. */
function linearAnswer(): GapGram {
  const around: Neighbours = [noisy(), noisy(), noisy(), noisy()];
  const answer = around[1].map((value, i) => value + 0.5 * (around[2][i] - value));
  return gap(around, noisy(), answer);
}

const noise = seeded(3);
const noisy = () => plane(() => noise());
const flat = plane(() => 0.4);
const zero = plane(() => 0);
const one = plane(() => 1);
const picture = noisy();
const saturated = () => plane(() => noise() > 0.1 ? 1 : noise());

const ODD_STACKS: Readonly<Record<string, GapGram>> = {
  "flat, the network exact": gap([flat, flat, flat, flat], flat, flat),
  "flat, the network off": gap([flat, flat, flat, flat], flat, noisy()),
  "black": gap([zero, zero, zero, zero], zero, zero),
  "still": gap([picture, picture, picture, picture], picture, noisy()),
  "saturated everywhere": gap([one, one, one, one], one, one),
  "saturated nearly everywhere": gap(
    [saturated(), saturated(), saturated(), saturated()],
    saturated(),
    saturated(),
  ),
  "noise without a picture": gap([noisy(), noisy(), noisy(), noisy()], noisy(), noisy()),
  "answered as linear interpolation would": linearAnswer(),
  "black and white in turn": gap([one, zero, one, zero], one, zero),
};

for (const [name, gram] of Object.entries(ODD_STACKS)) {
  Deno.test(`weights and slices are finite on a stack that is ${name}`, () => {
    const weights = fittedWeights([gram], MAP.corrections);
    assert.ok(weights.flat().every((weight) => Math.abs(weight) < 10), `${weights}`);
    const simple = adaptiveWeights([gram]);
    assert.ok(Math.abs(simple.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-6);
    const features = featuresAt([noisy(), saturated(), one, zero], 0.5, picture);
    const slice = filterBands(listOf(features), weights, HEIGHT, WIDTH);
    assert.ok(slice.every((value) => value >= 0 && value <= 1));
  });
}

Deno.test("without a known gap, the weights are the typical ones", () => {
  assert.deepEqual(calibratedWeights([], MAP), MAP.typical);
});

Deno.test("the more gaps, the farther from the typical weights; from three on three quarters", () => {
  const gram = gap([noisy(), noisy(), noisy(), noisy()], noisy(), noisy());
  const fitted = fittedWeights([gram], MAP.corrections);
  // Typical weights that are nearly as good on the stack's own gaps.
  const typical = fitted.map((row) => [...row]);
  typical[11] = [0, 0, 0];
  const map = { ...MAP, typical };
  for (const [gaps, most] of [[1, 0.75], [2, 0.5], [3, 0.25], [8, 0.25]]) {
    const weights = calibratedWeights(new Array<GapGram>(gaps).fill(gram), map);
    weights[11].forEach((weight, i) => {
      const expected = (1 - most) * fitted[11][i];
      assert.ok(Math.abs(weight - expected) < 1e-9, `${gaps} gaps, feature ${i}`);
    });
  }
});

Deno.test("weights that a stack's own gaps contradict are followed a fifth of the error at most", () => {
  const gram = gap([noisy(), noisy(), noisy(), noisy()], noisy(), noisy());
  const gaps = [gram, gram, gram];
  const far = { ...MAP, typical: MAP.typical.map(() => [40, 0, -10]) };
  const { start, simple } = statisticsOf(gaps);
  const own = Math.min(errorOf(start, gram.bands), errorOf(simple, gram.bands));
  const followed = errorOf(calibratedWeights(gaps, far), gram.bands);
  assert.ok(Math.abs(followed / own - 1.2) < 1e-6, `${followed / own}`);
});

Deno.test("the nearer an original, the nearer linear interpolation's weight is to 1", () => {
  const weights = [[0.5, 0.25, 0.75], [1.5, -1, 0]];
  assert.deepEqual(weightsAt(weights, 0.5), weights);
  assert.deepEqual(weightsAt(weights, 0.25), [[0.625, 0.25, 0.75], [1.375, -1, 0]]);
  assert.deepEqual(weightsAt(weights, 0.75), weightsAt(weights, 0.25));
  assert.deepEqual(weightsAt(weights, 1).map(([linear]) => linear), [1, 1]);
});

Deno.test("a stack on which linear interpolation is exact teaches a map nothing", () => {
  const still = ODD_STACKS.still;
  const lesson = gap([noisy(), noisy(), noisy(), noisy()], noisy(), noisy());
  const stack = { name: "a", group: "a", wide: [lesson], near: [lesson] };
  const exact = { ...stack, near: [ODD_STACKS["flat, the network exact"]], wide: [still] };
  assert.deepEqual(learnMap([stack, exact]), learnMap([stack]));
  assert.throws(() => learnMap([exact]), RangeError);
});
