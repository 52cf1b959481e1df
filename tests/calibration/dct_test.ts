import assert from "assert";
import { BlockDct } from "../../src/calibration/dct.ts";

/** The orthonormal DCT-II of a block, as its definition says. */
function slowDct(block: Float64Array, height: number, width: number): number[] {
  const norm = (k: number, n: number) => Math.sqrt((k === 0 ? 1 : 2) / n);
  const wave = (x: number, k: number, n: number) => Math.cos(Math.PI * (2 * x + 1) * k / (2 * n));
  return Array.from(block, (_, i) => {
    const [v, u] = [Math.floor(i / width), i % width];
    let sum = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        sum += block[y * width + x] * wave(y, v, height) * wave(x, u, width);
      }
    }
    return sum * norm(v, height) * norm(u, width);
  });
}

/** Numbers without a pattern. */
function samples(count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => Math.sin(12.9898 * i * i + 1.3) * 0.5);
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));
}

for (const [height, width] of [[64, 64], [1, 1], [12, 7], [5, 64], [48, 20]]) {
  const block = samples(height * width);

  Deno.test(`the DCT of ${height} x ${width} samples is what its definition says`, () => {
    const coefficients = block.slice();
    new BlockDct(height, width).forward(coefficients);
    assert.ok(largestDifference(coefficients, slowDct(block, height, width)) < 1e-12);
  });

  Deno.test(`the inverse undoes the DCT of ${height} x ${width} samples`, () => {
    const dct = new BlockDct(height, width);
    const there = block.slice();
    dct.forward(there);
    dct.inverse(there);
    assert.ok(largestDifference(there, block) < 1e-13);
  });
}
