import assert from "assert";
import { filamentMask, overlapOfFilaments } from "../../src/analysis/filament_mask.ts";
import { type Filament, filamentLength, type FilamentSet } from "../../src/analysis/filaments.ts";
import { compareLengths } from "../../src/analysis/lengths.ts";
import { lengthsCsv, lengthsPlot, lengthsText } from "../../src/analysis/lengths_report.ts";
import { MICRON } from "./stacks.ts";

/** A wavy line of this many points. */
function wave(count: number, shift: number): Filament {
  const points = Array.from(
    { length: count },
    (_, k) => [5 + 3 * k, 10 + shift + 4 * Math.sin(k), 6 + 2 * Math.cos(k / 2)] as const,
  );
  return { points, closed: false };
}

const [A, B] = [[wave(10, 0)], [wave(8, 0.8)]];
const PLAIN = { minLength: 0, dilation: 2, sigma: 1 };

function setOf(name: string, filaments: readonly Filament[]): FilamentSet {
  return { name, filaments, voxelSize: MICRON };
}

// numpy of the same points, sampled at half voxels, scipy.ndimage.binary_dilation with a ball,
// gaussian_filter(mode="constant") >= 0.5, in a box with 20 voxels to spare.
Deno.test("the IoU of dilated and smoothed filaments is scipy's", async () => {
  assert.equal(await overlapOfFilaments(A, B, { dilation: 2, sigma: 1 }), 0.5274261603375527);
  assert.equal(await overlapOfFilaments(A, B, { dilation: 1.5, sigma: 0 }), 0.5159817351598174);
});

Deno.test("filaments overlap wholly with themselves, and not at all with distant ones", async () => {
  assert.equal(await overlapOfFilaments(A, A, PLAIN), 1);
  assert.equal(await overlapOfFilaments(A, [wave(10, 40)], PLAIN), 0);
  assert.equal(await overlapOfFilaments([], [], PLAIN), 1);
  assert.equal(await overlapOfFilaments(A, [], PLAIN), 0);
});

Deno.test("a line without dilation and smoothing is its voxels", async () => {
  const line: Filament = { points: [[0, 0, 0], [4, 2, 0]], closed: false };
  const box = { origin: [0, 0, 0], sizes: [6, 4, 1] } as const;
  const mask = await filamentMask([line], box, { dilation: 0, sigma: 0 });
  const rows = [0, 1, 2, 3].map((y) => [...mask.subarray(6 * y, 6 * y + 6)].join(""));
  // Sampled at every half voxel along x; halves are rounded up.
  assert.deepEqual(rows, ["110000", "011100", "000110", "000000"]);
});

Deno.test("coordinates that are not in voxels are refused, not drawn", async () => {
  const far: Filament = { points: [[0, 0, 0], [1e5, 1e5, 1e5]], closed: false };
  await assert.rejects(overlapOfFilaments([far], [far], PLAIN), {
    name: "InputError",
    message: /^The filaments span 100015 x .* voxels, too many to compare masks: are the coord/,
  });
});

Deno.test("a length is in physical units, and a closed filament's last segment counts", () => {
  // numpy.linalg.norm(numpy.diff(points) * [0.2, 0.2, 0.5]).sum()
  assert.ok(
    Math.abs(filamentLength(A[0], { ...MICRON, z: 0.5, y: 0.2, x: 0.2 }) - 7.749742546588037) <
      1e-12,
  );
  const square: Filament["points"] = [[0, 0, 0], [3, 0, 0], [3, 3, 0], [0, 3, 0]];
  const unit = { z: 1, y: 1, x: 2, unit: "µm" };
  assert.equal(filamentLength({ points: square, closed: false }, unit), 6 + 3 + 6);
  assert.equal(filamentLength({ points: square, closed: true }, unit), 6 + 3 + 6 + 3);
});

Deno.test("filaments that are too short count nowhere but as too short", async () => {
  const dot: Filament = { points: [[0, 0, 0], [1, 0, 0]], closed: false };
  const options = { ...PLAIN, minLength: 0.5 };
  const { a, b, iou } = await compareLengths(setOf("a", [...A, dot]), setOf("b", A), options);
  assert.deepEqual([a.lengths.length, a.tooShort, b.tooShort], [1, 1, 0]);
  assert.equal(iou, 1);
});

Deno.test("table, CSV and box plot show both samples with their unit", async () => {
  const comparison = await compareLengths(setOf("a.txt", [...A, ...B]), setOf("a.txt", B), PLAIN);
  const text = lengthsText(comparison).replaceAll(/ +/g, " ");
  assert.match(text, /^filaments 2 1$/m);
  assert.match(text, /^total length \(µm\) \d+\.\d+ \d\.\d+$/m);
  assert.match(text, /^IoU of the masks: 0\.\d{4}$/m);
  const lines = lengthsCsv(comparison).trimEnd().split("\n");
  assert.match(lines[1], /^"a\.txt",7\.7497425465880/);
  assert.equal(lines.length, 1 + 2 + 1);
  const svg = await lengthsPlot(comparison);
  assert.ok(svg.includes("A: a.txt") && svg.includes("B: a.txt") && svg.includes("length (µm)"));
});

Deno.test("without a voxel size lengths are in voxels", async () => {
  const bare = { name: "a", filaments: B, voxelSize: { unit: "" } };
  assert.equal((await compareLengths(bare, bare, PLAIN)).spacing.unit, "voxels");
});

Deno.test("a comparison that is interrupted ends with the reason", () => {
  const signal = AbortSignal.abort(new Error("enough"));
  return assert.rejects(overlapOfFilaments(A, B, PLAIN, signal), { message: "enough" });
});
