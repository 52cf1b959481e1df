import assert from "assert";
import { psnr, rmse } from "../../src/evaluation/metrics.ts";
import { GAUSSIAN, ssim } from "../../src/evaluation/ssim.ts";
import { golden } from "../support/shared.ts";

interface Case {
  readonly h: number;
  readonly w: number;
  readonly a: number;
  readonly b: number;
  readonly b_note: string;
  readonly rmse: number;
  readonly psnr: number;
  readonly ssim: number;
  readonly ssim_gaussian: number;
}

/** The file's own formula. */
function image(k: number, height: number, width: number): Uint8ClampedArray {
  const data = new Uint8ClampedArray(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const wave = Math.sin(0.11 * (k + 1) * x + 0.07 * y) *
        Math.cos(0.05 * x * (k + 1) - 0.13 * y);
      data[y * width + x] = Math.floor(
        127.5 + 100 * wave + 25 * Math.sin(1.7 * x + 2.3 * y + k),
      );
    }
  }
  return data;
}

function other({ b, b_note, h, w }: Case, a: Uint8ClampedArray): Uint8ClampedArray {
  if (b_note === "image(b)") return image(b, h, w);
  return a.map((value, i) => {
    const [x, y] = [i % w, Math.floor(i / w)];
    return Math.min(255, Math.max(0, value + (y + 3 * x) % 11 - 5));
  });
}

const path = golden("metrics.json");
const cases: Case[] = path ? JSON.parse(Deno.readTextFileSync(path)).cases : [];

for (const [i, row] of cases.entries()) {
  const { h, w } = row;
  Deno.test(`RMSE, PSNR and SSIM agree with scikit-image: case ${i}, ${h}x${w}`, () => {
    const a = image(row.a, h, w);
    const b = other(row, a);
    const pairs = {
      rmse: [rmse(b, a), row.rmse],
      psnr: [psnr(b, a), row.psnr],
      ssim: [ssim(b, a, w), row.ssim],
      ssim_gaussian: [ssim(b, a, w, GAUSSIAN), row.ssim_gaussian],
    };
    for (const [name, [actual, expected]] of Object.entries(pairs)) {
      assert.ok(Math.abs(actual - expected) <= 1e-6, `${name}: ${actual}, expected ${expected}`);
    }
  });
}
