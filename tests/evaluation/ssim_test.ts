import assert from "assert";
import { GAUSSIAN, ssim, SsimScan, type SsimWindow, UNIFORM } from "../../src/evaluation/ssim.ts";
import { Formula } from "../support/formula.ts";

/** Grey levels that nothing correlates with. */
function noise(name: string, count: number): Float64Array {
  return Float64Array.from(new Formula(0).values(name, count), (value) => 127.5 + 100 * value);
}

/** The definition, window by window. */
function slowSsim(a: Float64Array, b: Float64Array, width: number, window: SsimWindow): number {
  const { weights, covarianceScale } = window;
  const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
  const side = weights.length;
  const scores: number[] = [];
  for (let top = 0; top + side <= a.length / width; top++) {
    for (let left = 0; left + side <= width; left++) {
      const mean = (value: (i: number) => number) => {
        let sum = 0;
        weights.forEach((wy, y) =>
          weights.forEach((wx, x) => sum += wy * wx * value((top + y) * width + left + x))
        );
        return sum;
      };
      const [ma, mb] = [mean((i) => a[i]), mean((i) => b[i])];
      const va = covarianceScale * mean((i) => (a[i] - ma) ** 2);
      const vb = covarianceScale * mean((i) => (b[i] - mb) ** 2);
      const vab = covarianceScale * mean((i) => (a[i] - ma) * (b[i] - mb));
      scores.push(
        (2 * ma * mb + c1) * (2 * vab + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2)),
      );
    }
  }
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

for (const [name, window] of Object.entries({ UNIFORM, GAUSSIAN })) {
  Deno.test(`ssim() with the ${name} window is what its definition says`, () => {
    const [a, b] = [noise("a", 17 * 23), noise("b", 17 * 23)];
    const half = a.map((value, i) => (value + b[i]) / 2);
    assert.ok(Math.abs(ssim(half, a, 23, window) - slowSsim(half, a, 23, window)) < 1e-12);
  });

  Deno.test(`ssim() with the ${name} window is 1 for equal planes`, () => {
    const a = noise("a", 20 * 20);
    assert.ok(Math.abs(ssim(a, a, 20, window) - 1) < 1e-12);
  });
}

Deno.test("ssim() is NaN where no window fits", () => {
  const plane = noise("a", 6 * 40);
  assert.ok(Number.isNaN(ssim(plane, plane, 40)));
  assert.ok(Number.isNaN(ssim(plane, plane, 6)));
});

Deno.test("SsimScan of slices is the mean over a volume's XZ planes", () => {
  const [depth, height, width] = [9, 4, 12];
  const [a, b] = [noise("a", depth * height * width), noise("b", depth * height * width)];
  const scan = new SsimScan(width);
  for (let z = 0; z < depth; z++) {
    const slice = (volume: Float64Array) =>
      volume.subarray(z * height * width, (z + 1) * height * width);
    scan.push(slice(a), slice(b));
  }
  const planes = Array.from({ length: height }, (_, y) => {
    const cut = (volume: Float64Array) =>
      volume.filter((_, i) => Math.floor(i / width) % height === y);
    return ssim(cut(a), cut(b), width);
  });
  const mean = planes.reduce((sum, value) => sum + value, 0) / height;
  assert.ok(Math.abs(scan.mean - mean) < 1e-12);
});

Deno.test("SsimScan.restart() lets no window span two volumes", () => {
  const a = noise("a", 8 * 9);
  const scan = new SsimScan(8);
  for (let volume = 0; volume < 2; volume++) {
    for (let z = 0; z < 6; z++) scan.push(a.subarray(8 * z, 8 * z + 8), a.subarray(0, 8));
    scan.restart();
  }
  assert.ok(Number.isNaN(scan.mean), "twice six slices hold no window of seven");
});
