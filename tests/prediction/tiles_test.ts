import assert from "assert";
import { chooseBatch, chooseTile, HOST_BUDGET } from "../../src/prediction/capacity.ts";
import {
  balancedLength,
  blendTile,
  extractTile,
  smallestTile,
  tileCount,
  tileGrid,
} from "../../src/prediction/tiles.ts";
import { LinearInterpolator } from "./stand_ins.ts";

const square = (side: number) => ({ height: side, width: side });
const shapes = [
  { height: 150, width: 201, tile: 64, overlap: 16 },
  { height: 400, width: 161, tile: 144, overlap: 64 },
  { height: 288, width: 300, tile: 112, overlap: 48 },
  { height: 129, width: 40, tile: 32, overlap: 0 },
];

for (const { height, width, tile, overlap } of shapes) {
  const name = `${height} x ${width} in tiles of ${tile}, overlap ${overlap}`;

  Deno.test(`tileGrid() weighs every sample with exactly 1: ${name}`, () => {
    const grid = tileGrid(height, width, square(tile), overlap);
    const sums = new Float32Array(grid.height * grid.width);
    const ones = new Float32Array(grid.tileHeight * grid.tileWidth).fill(1);
    for (const part of grid.tiles) blendTile(sums, grid, part, ones);
    assert.ok(sums.every((sum) => sum === 1));
  });

  Deno.test(`tileGrid() keeps origins and sides at multiples of 16: ${name}`, () => {
    const grid = tileGrid(height, width, square(tile), overlap);
    const lengths = [grid.height, grid.width, grid.tileHeight, grid.tileWidth]
      .concat(grid.tiles.flatMap(({ top, left }) => [top, left]));
    assert.ok(lengths.every((length) => length % 16 === 0));
    assert.ok(
      grid.tiles.every(({ top, left }) =>
        top + grid.tileHeight <= grid.height && left + grid.tileWidth <= grid.width
      ),
    );
  });
}

Deno.test("tileGrid() gives a tile's own edge less than a thousandth of the weight", () => {
  const grid = tileGrid(512, 512, square(192), 64);
  for (const { top, left, rowWeights, columnWeights } of grid.tiles) {
    if (top > 0) assert.ok(rowWeights[0] < 1e-3);
    if (left > 0) assert.ok(columnWeights[0] < 1e-3);
    if (top + 192 < 512) assert.ok(rowWeights[191] < 1e-3);
    if (left + 192 < 512) assert.ok(columnWeights[191] < 1e-3);
  }
});

Deno.test("blendTile() restores a plane from its extracted tiles", () => {
  const grid = tileGrid(150, 201, square(64), 16);
  const plane = Float32Array.from({ length: grid.height * grid.width }, (_, i) => i * 37 % 1001);
  const restored = new Float32Array(plane.length);
  for (const tile of grid.tiles) {
    blendTile(restored, grid, tile, extractTile(plane, grid, tile));
  }
  assert.ok(plane.every((value, i) => Math.abs(value - restored[i]) < 1e-3));
});

Deno.test("tileGrid() makes one tile of a plane smaller than a tile", () => {
  const grid = tileGrid(100, 30, square(512), 64);
  assert.deepEqual([grid.tileHeight, grid.tileWidth, grid.tiles.length], [112, 32, 1]);
});

Deno.test("balancedLength() needs no more tiles and allows the overlap", () => {
  for (let side = 160; side <= 2000; side += 16) {
    for (const overlap of [0, 16, 64]) {
      for (let length = smallestTile(overlap); length < 700; length += 48) {
        const balanced = balancedLength(side, Math.min(length, side), overlap);
        assert.ok(balanced <= Math.max(length, side) && balanced % 16 === 0);
        assert.ok(tileCount(side, balanced, overlap) <= tileCount(side, length, overlap));
      }
    }
  }
});

Deno.test("chooseTile() takes the whole padded plane where it fits", () => {
  assert.deepEqual(chooseTile(new LinearInterpolator(), 500, 700), { height: 512, width: 704 });
});

Deno.test("chooseTile() takes the largest square that fits, balanced over the plane", () => {
  const interpolator = new LinearInterpolator({ memoryLimit: 40 * 512 * 512 });
  assert.deepEqual(chooseTile(interpolator, 2000, 2000, undefined, 64), square(464));
  assert.deepEqual(chooseTile(interpolator, 500, 700, undefined, 64), { height: 512, width: 384 });
});

Deno.test("chooseTile() takes the user's tile, no larger than the plane", () => {
  const interpolator = new LinearInterpolator();
  assert.deepEqual(chooseTile(interpolator, 2000, 100, 256), { height: 256, width: 112 });
});

Deno.test("chooseTile() says which tile would do", () => {
  const interpolator = new LinearInterpolator({ memoryLimit: 40 * 512 * 512 });
  assert.throws(
    () => chooseTile(interpolator, 999, 999, 100, 64),
    /multiple of 16 and at least 144/,
  );
  assert.throws(
    () => chooseTile(interpolator, 999, 999, 128, 64),
    /multiple of 16 and at least 144/,
  );
  assert.throws(() => chooseTile(interpolator, 999, 999, 640, 64), /tile: 512 is the largest/);
  assert.throws(() => chooseTile(interpolator, 999, 999, 256, 24), /overlap must be a multiple/);
});

Deno.test("chooseTile() gives up on an adapter that holds no tile", () => {
  const interpolator = new LinearInterpolator({ memoryLimit: 40 * 128 * 128 });
  assert.throws(
    () => chooseTile(interpolator, 999, 999, undefined, 64),
    /not hold even a tile of 144/,
  );
});

Deno.test("chooseBatch() fills the adapter", () => {
  const interpolator = new LinearInterpolator({ memoryLimit: 40 * 256 * 256 * 9.5 });
  assert.equal(chooseBatch(interpolator, square(256), 3, 1000), 9);
});

Deno.test("chooseBatch() stays within the host's budget and what there is to do", () => {
  const interpolator = new LinearInterpolator({ memoryLimit: 2 ** 40 });
  const batch = chooseBatch(interpolator, square(1024), 3, 1000);
  assert.ok(3 * 3 * 4 * 1024 ** 2 * batch <= HOST_BUDGET);
  assert.ok(3 * 3 * 4 * 1024 ** 2 * (batch + 1) > HOST_BUDGET);
  assert.equal(chooseBatch(interpolator, square(64), 3, 5), 5);
  assert.equal(chooseBatch(interpolator, square(16384), 3, 5), 1);
});
