import assert from "assert";
import { interpolationScores } from "../../src/training/interpolation_scores.ts";
import { seeded } from "../calibration/noise.ts";
import { fakeStack, openData } from "./stand_ins.ts";

type Sample = (z: number, i: number) => number;

/** Scores of a stack that is validated on; another one, of other noise, is learnt from. */
async function scoresOf(sample: Sample) {
  const stack = (shift: number) =>
    fakeStack([1, 1, 13, 32, 32], { sample: (_t, _c, z, i) => sample(z + shift, i) });
  const data = await openData([stack(50)], { validation: [stack(0)] });
  return await interpolationScores(data);
}

Deno.test("validation's adaptive interpolation averages noise away where linear can't", async () => {
  const random = seeded(1);
  const noise = Array.from({ length: 64 * 1024 }, () => random());
  const { linear, adaptive } = await scoresOf((z, i) =>
    Math.round(100 + 60 * Math.sin(i % 32 / 6) + 60 * (noise[1024 * z + i] - 0.5))
  );
  assert.ok(adaptive.psnr > linear.psnr + 0.5, `${adaptive.psnr}, ${linear.psnr}`);
});

Deno.test("validation's adaptive interpolation takes cubic where a stack is smooth along z", async () => {
  const { linear, cubic, adaptive } = await scoresOf((z, i) =>
    Math.round(120 + 100 * Math.sin(z / 2.5 + i % 32 / 6))
  );
  assert.ok(cubic.psnr > linear.psnr + 3 && adaptive.psnr > linear.psnr + 3);
});
