import assert from "assert";
import { filamentLength, VOXELS } from "../../src/analysis/filaments.ts";
import { isSimple, NEIGHBOURS } from "../../src/analysis/simple_points.ts";
import { skeletonFilaments } from "../../src/analysis/skeleton.ts";
import { indices, type PaddedMask, thin } from "../../src/analysis/thinning.ts";
import { stackOf } from "./stacks.ts";

type Size = readonly [z: number, y: number, x: number];
type Inside = (z: number, y: number, x: number) => boolean;

function maskOf([z, y, x]: Size, inside: Inside): PaddedMask {
  const sizes = [z + 2, y + 2, x + 2] as const;
  const voxels = new Uint8Array(sizes[0] * sizes[1] * sizes[2]);
  const mask = { voxels, sizes };
  for (let i = 0; i < voxels.length; i++) {
    const at = place(mask, i);
    const within = at.every((part, k) => part >= 0 && part < [z, y, x][k]);
    if (within && inside(...at)) voxels[i] = 1;
  }
  return mask;
}

/** z, y, x without the margin. */
function place({ sizes: [, y, x] }: PaddedMask, i: number): Size {
  return [Math.floor(i / (x * y)) - 1, Math.floor(i / x) % y - 1, i % x - 1];
}

async function thinned(size: Size, inside: Inside): Promise<string[]> {
  const mask = maskOf(size, inside);
  await thin(mask);
  return [...indices(mask.voxels)].map((i) => place(mask, i).join(","));
}

/** A thick line from p to q. */
function tube(p: Size, q: Size): Inside {
  return (...at) =>
    Array.from({ length: 60 }, (_, i) => p.map((part, k) => part + (q[k] - part) * i / 59))
      .some((c) => c.reduce((sum, part, k) => sum + (at[k] - part) ** 2, 0) <= 1.6 ** 2);
}

const ARMS = [
  tube([4, 7, 2], [4, 7, 8]),
  tube([4, 7, 8], [4, 2, 13]),
  tube([4, 7, 8], [5, 12, 12]),
];
const FORK: Inside = (...at) => ARMS.some((arm) => arm(...at));
const RING: Inside = (z, y, x) => (Math.hypot(y - 7, x - 7) - 4.5) ** 2 + (z - 3) ** 2 <= 2.6;

// Both lists are what skeletonize_3d of scikit-image 0.19 makes of the same formulas.
Deno.test("a thick fork becomes the lines that scikit-image finds", async () => {
  const expected = "4,2,13 4,3,12 4,4,11 4,5,10 4,6,9 4,7,3 4,7,4 4,7,5 4,7,6 4,7,7 4,7,8 4,8,9 " +
    "5,9,9 5,10,10 5,11,11 5,12,12";
  assert.equal((await thinned([9, 14, 16], FORK)).join(" "), expected);
});

Deno.test("a thick ring becomes the thin ring that scikit-image finds", async () => {
  const expected = "3,3,4 3,3,5 3,3,6 3,3,7 3,3,8 3,3,9 3,4,3 3,4,10 3,5,3 3,5,11 3,6,3 3,6,11 " +
    "3,7,3 3,7,12 3,8,3 3,8,11 3,9,3 3,9,11 3,10,3 3,10,10 3,11,4 3,11,5 3,11,6 3,11,8 3,11,9 " +
    "3,12,7";
  assert.equal((await thinned([7, 15, 15], RING)).join(" "), expected);
});

Deno.test("thinning keeps every object, however small", async () => {
  const dots = await thinned([6, 6, 6], (z, y, x) => z % 3 < 2 && y % 3 < 2 && x % 3 < 2);
  assert.equal(dots.length, 8, "scikit-image loses cubes of 2 x 2 x 2");
});

Deno.test("simple points keep the number of pieces, tunnels and hollows", () => {
  const bits = (chosen: (z: number, y: number, x: number) => boolean) =>
    NEIGHBOURS.reduce((sum, offset, k) => chosen(...offset) ? sum | (1 << k) : sum, 0);
  assert.equal(isSimple(bits(() => false)), false, "a lone voxel");
  assert.equal(isSimple(bits(() => true)), false, "it would become a hollow");
  assert.equal(isSimple(bits((z, y, x) => x === 1 && y === 0 && z === 0)), true, "an end");
  assert.equal(isSimple(bits((z, y, x) => x !== 0 && y === 0 && z === 0)), false, "a bridge");
  assert.equal(isSimple(bits((z) => z === -1)), true, "on a face");
  assert.equal(isSimple(bits((z) => z === 0)), false, "in a sheet: it would become a hole");
});

async function branches(size: Size, inside: Inside) {
  const reader = stackOf(size, (...at) => inside(...at) ? 9 : 0);
  const { filaments } = await skeletonFilaments(reader, 5);
  return filaments.map((one) => ({ ...one, length: filamentLength(one, VOXELS) }));
}

Deno.test("a fork has three branches, from its junction to its ends", async () => {
  const found = await branches([9, 14, 16], FORK);
  assert.equal(found.length, 3);
  const lengths = found.map(({ length }) => length).sort((a, b) => a - b);
  // Counted along the list above: five straight steps, and twice five diagonal ones.
  [5, 5 * Math.SQRT2, 5 * Math.SQRT2].forEach((expected, i) =>
    assert.ok(Math.abs(lengths[i] - expected) < 1e-12, `${lengths}`)
  );
});

Deno.test("a ring is one closed branch, its last step included", async () => {
  const [ring, ...others] = await branches([7, 15, 15], RING);
  assert.equal(others.length, 0);
  assert.equal(ring.closed, true);
  assert.equal(ring.points.length, 26);
});
