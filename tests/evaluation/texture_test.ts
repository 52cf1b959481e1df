import assert from "assert";
import { scoreSlice } from "../../src/evaluation/score_card.ts";
import { finePower } from "../../src/evaluation/texture.ts";

const [HEIGHT, WIDTH] = [64, 96];

const plane = (sample: (y: number, x: number) => number) =>
  Float64Array.from(
    { length: HEIGHT * WIDTH },
    (_, i) => sample(Math.floor(i / WIDTH), i % WIDTH),
  );

Deno.test("a wave's fine power is what the Gaussian's transfer function leaves of it", () => {
  const frequency = 1 / 4;
  const wave = plane((y, x) => Math.cos(2 * Math.PI * frequency * (x + y)));
  // The continuous Gaussian's gain along both axes; half a wave's amplitude squared is its power.
  const gain = Math.exp(-2 * (Math.PI * frequency) ** 2) ** 2;
  const expected = (1 - gain) ** 2 / 2;
  const mean = finePower(wave, WIDTH) / wave.length;
  assert.ok(Math.abs(mean / expected - 1) < 0.05, `${mean}, not ${expected}`);
});

Deno.test("texture is the ratio of powers, whatever lies beneath", () => {
  const truth = plane((y, x) => 100 + 4 * ((x + y) % 2));
  const half = plane((y, x) => 90 + y / 10 + 2 * ((x + y) % 2));
  assert.ok(Math.abs(scoreSlice(half, truth, WIDTH).texture - 0.25) < 0.01);
  assert.equal(scoreSlice(truth, truth, WIDTH).texture, 1);
  const smooth = plane((y) => 100 + y / 10);
  assert.ok(scoreSlice(smooth, truth, WIDTH).texture < 1e-3);
});

Deno.test("texture has no value where nothing fine was measured", () => {
  const flat = plane(() => 0);
  assert.ok(Number.isNaN(scoreSlice(flat, flat, WIDTH).texture));
});
