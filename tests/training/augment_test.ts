import assert from "assert";
import { randomNumbers } from "../../src/random.ts";
import type { Slice } from "../../src/stack/stack.ts";
import {
  applyIntensities,
  type Augmentation,
  drawCut,
  drawIntensities,
} from "../../src/training/augment.ts";
import { type Cut, cutPatch, type PlaneSides } from "../../src/training/patch.ts";

const SIZE = 16;
const rotation = new Set<Augmentation>(["rotation", "flips"]);

/** Cuts of many draws, all of them or the freely rotated ones. */
function cuts(width: number, height: number, use: ReadonlySet<Augmentation>): Cut[] {
  return Array.from(
    { length: 400 },
    (_, i) => drawCut(randomNumbers(i), { width, height }, SIZE, use),
  );
}
const isFree = ({ column }: Cut) => !Number.isInteger(column[0]);

function patchOf(slice: Slice, sides: PlaneSides, cut: Cut, size = SIZE): Float32Array {
  const patch = new Float32Array(size * size);
  cutPatch(slice, sides, cut, size, patch);
  return patch;
}

/** Samples along both axes, exact in float32. */
const ramp = (width: number, height: number) =>
  Float32Array.from({ length: width * height }, (_, i) => 2 * (i % width) + Math.floor(i / width));

Deno.test("drawCut() rotates freely without leaving the slice", () => {
  const [width, height] = [27, 24];
  const constant = new Uint8Array(width * height).fill(200);
  const free = cuts(width, height, rotation).filter(isFree);
  assert.ok(free.length > 100);
  for (const cut of free) {
    for (const [c, r] of [[0, 0], [SIZE - 1, 0], [0, SIZE - 1], [SIZE - 1, SIZE - 1]]) {
      const x = cut.x + c * cut.column[0] + r * cut.row[0];
      const y = cut.y + c * cut.column[1] + r * cut.row[1];
      assert.ok(x > -1e-9 && x < width - 1 + 1e-9 && y > -1e-9 && y < height - 1 + 1e-9);
    }
    const patch = patchOf(constant, { width, height }, cut);
    assert.ok(patch.every((value) => value === 200));
  }
});

Deno.test("cutPatch() rotates a linear ramp exactly", () => {
  const [width, height] = [40, 30];
  for (const cut of cuts(width, height, rotation).filter(isFree)) {
    const patch = patchOf(ramp(width, height), { width, height }, cut);
    patch.forEach((value, i) => {
      const [c, r] = [i % SIZE, Math.floor(i / SIZE)];
      const x = cut.x + c * cut.column[0] + r * cut.row[0];
      const y = cut.y + c * cut.column[1] + r * cut.row[1];
      assert.ok(Math.abs(value - (2 * x + y)) < 1e-4, `${value} at ${x}, ${y}`);
    });
  }
});

Deno.test("drawCut() falls back to turns where the slice is too small for the rotation", () => {
  const drawn = cuts(SIZE, SIZE, new Set<Augmentation>(["rotation", "turns", "flips"]));
  assert.ok(drawn.every((cut) => !isFree(cut)));
  const patches = drawn.map((cut) =>
    patchOf(ramp(SIZE, SIZE), { width: SIZE, height: SIZE }, cut).join()
  );
  assert.equal(new Set(patches).size, 8, "a square has eight symmetries");
});

Deno.test("drawCut() reaches every place of the slice", () => {
  const drawn = cuts(19, 17, new Set());
  assert.deepEqual([...new Set(drawn.map(({ x }) => x))].sort(), [0, 1, 2, 3]);
  assert.deepEqual([...new Set(drawn.map(({ y }) => y))].sort(), [0, 1]);
  assert.ok(drawn.every(({ column, row }) => `${column},${row}` === "1,0,0,1"));
});

Deno.test("cutPatch() cuts samples of every type as they are", () => {
  const sides = { width: 4, height: 3 };
  const cut: Cut = { x: 1, y: 1, column: [1, 0], row: [0, 1] };
  const values = Array.from({ length: 12 }, (_, i) => 10 * i);
  const slices: Slice[] = [
    Uint8Array.from(values),
    Uint16Array.from(values),
    Float32Array.from(values),
  ];
  for (const slice of slices) {
    assert.deepEqual([...patchOf(slice, sides, cut, 2)], [50, 60, 90, 100]);
  }
});

Deno.test("drawIntensities() changes three triplets in ten, within the paper's factors", () => {
  const use = new Set<Augmentation>(["contrast", "brightness"]);
  const drawn = Array.from({ length: 4000 }, (_, i) => drawIntensities(randomNumbers(i), use));
  const ranges = { contrast: [0.5, 1.5], brightness: [0.4, 1.6] } as const;
  for (const name of ["contrast", "brightness"] as const) {
    const changed = drawn.map((one) => one[name]).filter((factor) => factor !== 1);
    const [least, most] = ranges[name];
    assert.ok(Math.abs(changed.length / drawn.length - 0.3) < 0.03);
    assert.ok(Math.min(...changed) >= least && Math.min(...changed) < least + 0.02);
    assert.ok(Math.max(...changed) <= most && Math.max(...changed) > most - 0.02);
  }
});

Deno.test("applyIntensities() clips brightness to 0..1", () => {
  const plane = Float32Array.of(-0.1, 0, 0.25, 0.5, 1);
  applyIntensities([plane], { contrast: 1, brightness: 1.5 });
  assert.deepEqual([...plane], [0, 0, 0.375, 0.75, 1]);
});

Deno.test("applyIntensities() changes contrast about the common mean of the planes", () => {
  const planes = [Float32Array.of(0.25, 0.5), Float32Array.of(0.5, 0.75)];
  applyIntensities(planes, { contrast: 0.5, brightness: 1 });
  assert.deepEqual(planes.map((plane) => [...plane]), [[0.375, 0.5], [0.5, 0.625]]);
});
