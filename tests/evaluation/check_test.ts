import assert from "assert";
import { checkOf } from "../../src/evaluation/check.ts";
import type { StackEvaluation } from "../../src/evaluation/evaluate.ts";

/** An evaluation with these PSNR slice by slice, and their means as the pooled ones. */
function evaluation(psnrs: Readonly<Record<string, readonly number[]>>): StackEvaluation {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
  const scores = Object.entries(psnrs).map(([method, values]) =>
    [method, { psnr: mean(values), ssim: 0.5, texture: 0.25 }] as const
  );
  const slices = Object.entries(psnrs).flatMap(([method, values]) =>
    values.map((psnr) => ({ method, psnr }))
  );
  return {
    stack: "a.tif",
    scores: Object.fromEntries(scores),
    slices,
  } as unknown as StackEvaluation;
}

Deno.test("check names the winner with the interval of its gain, slice by slice", () => {
  const { sentence, methods } = checkOf(evaluation({
    nearest: [50, 50, 50],
    linear: [30, 31, 32],
    cubic: [29, 29, 29],
    calibrated: [31, 32.1, 32.9],
    network: [30.5, 31, 32],
  }));
  // Gains of 1, 1.1 and 0.9: a standard error of 0.1 / sqrt 3, and t = 4.3027 of two degrees.
  assert.match(sentence, /^On a\.tif, the calibrated network wins: \+1\.00 ± 0\.25 dB over linear/);
  assert.ok(Math.abs(methods[0].gain.margin - 4.3027 * 0.1 / Math.sqrt(3)) < 1e-4);
  assert.deepEqual(methods.map(({ method }) => method), [
    ...["calibrated", "network", "linear", "cubic"],
  ]);
});

for (
  const [what, psnrs, expected] of [
    [
      "nothing beats",
      { linear: [30, 31], cubic: [32, 33], network: [31, 32] },
      /nothing beats cubic/,
    ],
    [
      "chance",
      { linear: [30, 31], cubic: [29, 29], network: [30, 31.2] },
      /which may be chance\.$/,
    ],
    [
      "too few",
      { linear: [30], cubic: [29], adaptive: [31] },
      /on 1 slice: too few for an interval/,
    ],
  ] as const
) {
  Deno.test(`check says where a win is none: ${what}`, () => {
    assert.match(checkOf(evaluation(psnrs)).sentence, expected);
  });
}

Deno.test("check leaves slices that a method meets exactly out of its interval", () => {
  const { methods } = checkOf(evaluation({
    linear: [30, 30, 30],
    cubic: [29, 29, 29],
    bands: [
      ...[Infinity, 31, 32],
    ],
  }));
  assert.equal(methods[0].gain.mean, 1.5);
});
