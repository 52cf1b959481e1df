import assert from "assert";
import { render } from "../../src/core.ts";
import { FLAGS } from "../../src/files/flags_face.ts";
import { labelsOf } from "../../src/analysis/label_stack.ts";
import { compareVolumes } from "../../src/analysis/volumes.ts";
import { summarizeVolumes, volumesCsv, volumesText } from "../../src/analysis/volumes_report.ts";
import { MICRON, stackOf } from "./stacks.ts";

/** A stack of one row a slice, a digit a voxel. */
function rows(slices: readonly string[], options: Parameters<typeof stackOf>[2] = {}) {
  const size = [slices.length, 1, slices[0].length] as const;
  return labelsOf(stackOf(size, (z, _, x) => Number(slices[z][x]), options));
}

const A = rows(["1110022233", "1110022203", "4400000000"], { voxelSize: MICRON, name: "a.tif" });
const B = rows(["5550066666", "5500766600", "0000007000"], { voxelSize: MICRON, name: "b.tif" });

Deno.test("each cell is mapped to the cell that shares the most voxels", async () => {
  const { matched } = await compareVolumes(A, B);
  assert.deepEqual(matched.map(({ label, match }) => [label, match]), [[1, 5], [2, 6], [3, 6]]);
});

Deno.test("volumes, overlap, IoU and Dice are those counted by hand", async () => {
  const { matched: [first, second] } = await compareVolumes(A, B);
  const voxel = 0.5 * 0.2 * 0.2;
  assert.deepEqual(first, {
    label: 1,
    match: 5,
    voxelsA: 6,
    voxelsB: 5,
    overlap: 5,
    volumeA: 6 * voxel,
    volumeB: 5 * voxel,
    iou: 5 / 6,
    dice: 10 / 11,
  });
  assert.deepEqual([second.voxelsA, second.voxelsB, second.overlap], [6, 8, 6]);
});

Deno.test("cells without a partner are named on both sides, and those with two", async () => {
  const { unmatchedA, unmatchedB, shared } = await compareVolumes(A, B);
  assert.deepEqual(unmatchedA, [{ label: 4, voxels: 2, volume: 2 * 0.5 * 0.2 * 0.2 }]);
  assert.deepEqual(unmatchedB.map(({ label, voxels }) => [label, voxels]), [[7, 2]]);
  assert.deepEqual(shared, [6], "2 and 3 of A are one cell in B");
});

Deno.test("cells that are too small are counted and matched to nothing", async () => {
  const result = await compareVolumes(A, B, { minVoxels: 3 });
  assert.deepEqual(
    [result.cellsA, result.cellsB, result.tooSmallA, result.tooSmallB],
    [3, 2, 1, 1],
  );
  assert.deepEqual(result.unmatchedA, []);
});

Deno.test("of two cells that share as many voxels the one with the smaller label is taken", async () => {
  const { matched } = await compareVolumes(rows(["1111"]), rows(["9922"]));
  assert.deepEqual(matched.map(({ match }) => match), [2]);
});

Deno.test("without a voxel size volumes are in voxels only", async () => {
  const comparison = await compareVolumes(rows(["11"]), rows(["11"]));
  assert.equal(comparison.spacing, undefined);
  assert.equal(comparison.matched[0].volumeA, undefined);
  const text = render(volumesText(comparison), FLAGS);
  assert.ok(!text.includes("³") && text.includes("; --voxel-size does"), text);
});

Deno.test("the table says volumes in the file's unit and which cells have no partner", async () => {
  const text = render(volumesText(await compareVolumes(A, B))).replaceAll(/ +/g, " ");
  assert.match(text, /^A B voxels A voxels B µm³ A µm³ B overlap IoU Dice$/m);
  assert.match(text, /^1 5 6 5 0\.1200 0\.1000 5 0\.8333 0\.9091$/m);
  assert.match(text, /^unmatched in A: 4$/m);
  assert.match(text, /^of B, matched by several of A: 6$/m);
});

Deno.test("the CSV has a line for each cell, with one side only where it is alone", async () => {
  const lines = volumesCsv(await compareVolumes(A, B)).trimEnd().split("\n");
  assert.equal(lines.length, 1 + 3 + 1 + 1);
  assert.match(lines.at(-1)!, /^,7,,2,,0\.04\d*,0,0,0$/);
});

Deno.test("the summary has the mean ratio of the volumes and their correlation", async () => {
  const { ratio, correlation } = summarizeVolumes(await compareVolumes(A, B));
  assert.ok(Math.abs(ratio.mean! - (5 / 6 + 8 / 6 + 8 / 3) / 3) < 1e-12);
  // numpy.corrcoef([6, 6, 3], [5, 8, 8])
  assert.ok(Math.abs(correlation! + 0.5) < 1e-12);
});

Deno.test("stacks of two sizes, and of two voxel sizes, are refused in one sentence", async () => {
  await assert.rejects(compareVolumes(A, rows(["12", "12"], { name: "c.tif" })), {
    name: "InputError",
    message: "a.tif has 3 x 1 x 10 voxels (z, y, x) and c.tif 2 x 1 x 2: only stacks of one size " +
      "can be compared; crop the larger or predict the missing slices.",
  });
  const coarse = rows(["1", "1"], { voxelSize: { ...MICRON, z: 1 }, name: "d.tif" });
  await assert.rejects(compareVolumes(rows(["1", "1"], { voxelSize: MICRON }), coarse), {
    name: "InputError",
    message:
      /has voxels of 0.5 x 0.2 x 0.2 µm \(z, y, x\) and d.tif of 1 x 0.2 x 0.2 µm: give z, y and x/,
  });
});

Deno.test("a sample that is not a label is refused with its place", async () => {
  const image = labelsOf(
    stackOf([2, 2, 3], (z, y, x) => z + y + x / 2, { sampleType: "float32", name: "image.tif" }),
  );
  await assert.rejects(compareVolumes(image, image), {
    name: "InputError",
    message: "image.tif holds 0.5 at x 1, y 0 of slice 1, which is not a label; threshold makes " +
      "labels of an image.",
  });
});
