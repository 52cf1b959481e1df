import assert from "assert";
import { filterBands } from "../../src/calibration/band_filter.ts";
import { featuresAt, type Neighbours } from "../../src/calibration/features.ts";
import { gramOf, listOf, type Plane } from "../../src/calibration/grams.ts";
import { learnMap } from "../../src/calibration/learn.ts";
import { fittedWeights } from "../../src/calibration/map.ts";
import type { Matrix } from "../../src/calibration/solve.ts";
import { statisticsOf } from "../../src/calibration/statistics.ts";
import { readGolden, shared } from "../support/shared.ts";
import { corpusGrams } from "./corpus.ts";

const path = shared("science/example.safetensors");
const example = path ? readGolden(path).values : undefined;

function planes(name: string): Plane[] {
  const { shape: [count, height, width], data } = example![name];
  const area = height * width;
  return Array.from(
    { length: count },
    (_, i) => new Float32Array(data.subarray(i * area, (i + 1) * area)),
  );
}

function matrix(name: string): number[][] {
  const { shape: [rows, columns], data } = example![name];
  return Array.from(
    { length: rows },
    (_, i) => Array.from(data.subarray(i * columns, (i + 1) * columns)),
  );
}

function assertClose(actual: Matrix, expected: Matrix, tolerance: number): void {
  assert.equal(actual.length, expected.length);
  const off = actual.map((row, i) =>
    row.map((value, j) => Math.abs(value - expected[i][j]) / Math.max(1, Math.abs(expected[i][j])))
  );
  const largest = Math.max(...off.flat());
  assert.ok(largest <= tolerance, `${largest} is over ${tolerance}`);
}

/** What the four kept slices around i and i + width are, the last ones repeated. */
function around(kept: readonly Plane[], i: number, width: number): Neighbours {
  const at = (index: number) => kept[Math.min(Math.max(index, 0), kept.length - 1)];
  return [at(i - width), at(i), at(i + width), at(i + 2 * width)];
}

function wideGaps() {
  const [kept, answers] = [planes("kept"), planes("network_wide")];
  const [, height, width] = example!.kept.shape;
  return answers.map((answer, i) =>
    gramOf(
      { target: kept[i + 1], ...featuresAt(around(kept, i, 2), 0.5, answer) },
      height,
      width,
    )
  );
}

// The example was computed in float64 from float32 slices, and stored as float32.
Deno.test({
  name: "NumPy's statistics of a stack's wide gaps are ours",
  ignore: !example,
  fn() {
    const { inputs, start } = statisticsOf(wideGaps());
    assertClose(inputs, matrix("statistics"), 1e-5);
    assertClose(start, matrix("start"), 1e-5);
  },
});

Deno.test({
  name: "NumPy's weights follow from the statistics and its map",
  ignore: !example,
  fn: () => assertClose(fittedWeights(wideGaps(), matrix("map")), matrix("weights"), 1e-5),
});

Deno.test({
  name: "NumPy's calibrated slices follow from its weights within 1e-6",
  ignore: !example,
  fn() {
    const [kept, answers, expected] = [planes("kept"), planes("network"), planes("calibrated")];
    const [, height, width] = example!.kept.shape;
    answers.forEach((answer, i) => {
      const features = featuresAt(around(kept, i, 1), 0.5, answer);
      const slice = filterBands(listOf(features), matrix("weights"), height, width);
      const off = Math.max(...slice.map((value, k) => Math.abs(value - expected[i][k])));
      assert.ok(off < 1e-6, `slice ${i} is off by ${off}`);
    });
  },
});

const corpus = example && await corpusGrams();

/** Of 38 stacks' Gram matrices (corpus.json.gz) by calibrate.py's learn() with a ridge of 0.01. */
const NUMPY_MAP = [[
  -0.094172,
  0.030971,
  -0.010913,
  0.254792,
  -0.027545,
  0.010243,
  -0.113316,
  0.036487,
  0.016729,
  -0.116647,
  -0.03847,
  -0.178146,
  0.004183,
  -0.010443,
  -0.002953,
  0.070483,
  0.099738,
  0.171336,
  0.014945,
  -0.107435,
  0.047529,
], [
  0.055171,
  0.190882,
  0.002258,
  0.125575,
  0.128567,
  0.058104,
  0.070469,
  -0.349338,
  0.089818,
  0.078685,
  -0.352254,
  -0.019757,
  -0.126299,
  0.003562,
  -0.009862,
  0.153415,
  -0.014233,
  0.054839,
  0.108775,
  0.072595,
  0.11201,
], [
  -0.002726,
  0.016272,
  0.151211,
  -0.037164,
  -0.000972,
  0.061112,
  0.004959,
  0.056044,
  -0.318936,
  0.034607,
  -0.132983,
  0.004479,
  -0.016711,
  -0.125863,
  0.053465,
  -0.094136,
  -0.077486,
  -0.051808,
  0.146752,
  0.142042,
  0.153127,
]];

Deno.test({
  name: "NumPy's map is the one that is learnt from its Gram matrices",
  ignore: !corpus,
  fn: () => assertClose(learnMap(corpus!.first, 0.01).corrections, NUMPY_MAP, 1e-4),
});
