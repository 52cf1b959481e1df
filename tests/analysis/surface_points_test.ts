import assert from "assert";
import { joinLabels } from "../../src/analysis/join_labels.ts";
import { labelsOf, type LabelStack } from "../../src/analysis/label_stack.ts";
import { surfacePoints } from "../../src/analysis/surface_points.ts";
import { ellipsoid, voxelized } from "./bodies.ts";
import { MICRON, stackOf } from "./stacks.ts";

/** A stack of pictures: a digit a voxel, a dot for 0. */
function drawn(slices: readonly (readonly string[])[]): LabelStack {
  const size = [slices.length, slices[0].length, slices[0][0].length] as const;
  const options = { voxelSize: MICRON, name: "drawn.tif" };
  return labelsOf(stackOf(size, (z, y, x) => Number(slices[z][y][x].replace(".", "0")), options));
}

const EMPTY = ["......", "......", "......", "......", "......"];
const RING = ["......", ".11.1.", ".1.11.", "..11..", "......"];

Deno.test("contours lie where skimage.measure.find_contours finds them, holes filled", async () => {
  const [{ points, centre, voxels }] = await surfacePoints(drawn([EMPTY, RING, EMPTY]));
  assert.equal(voxels, 9, "the hole counts");
  const inSlice: string[] = [];
  for (let i = 0; i < points.length; i += 3) {
    const [x, y, z] = [0, 1, 2].map((k) => points[i + k] + centre[k]);
    if (Math.abs(z - 0.5) < 1e-9) inSlice.push(`${(y / 0.2).toFixed(1)},${(x / 0.2).toFixed(1)}`);
  }
  // The vertices (row, column) that scikit-image 0.19 gives for the filled picture at level 0.5.
  const expected = "0.5,1.0 0.5,2.0 0.5,4.0 1.0,0.5 1.0,2.5 1.0,3.5 1.0,4.5 1.5,3.0 2.0,0.5 " +
    "2.0,4.5 2.5,1.0 2.5,4.0 3.0,1.5 3.0,3.5 3.5,2.0 3.5,3.0";
  assert.equal(inSlice.sort().join(" "), expected);
});

Deno.test("the points' solid angles add up to all directions", async () => {
  const [{ weights }] = await surfacePoints(voxelized(ellipsoid(9, 7, 6), 10, 2));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  assert.ok(Math.abs(sum / (4 * Math.PI) - 1) < 5e-3, `${sum / (4 * Math.PI)}`);
});

Deno.test("the centre is that of the voxels, in physical units", async () => {
  const [{ centre, cut }] = await surfacePoints(drawn([EMPTY, RING, RING, EMPTY]));
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value) / values.length;
  const expected = [
    mean([1, 2, 4, 1, 2, 3, 4, 2, 3]) * 0.2,
    mean([1, 1, 1, 2, 2, 2, 2, 3, 3]) * 0.2,
  ];
  assert.ok(Math.abs(centre[0] - expected[0]) < 1e-12 && Math.abs(centre[1] - expected[1]) < 1e-12);
  assert.equal(centre[2], 0.75);
  assert.equal(cut, false);
});

Deno.test("what touches a side, the first or the last slice is cut", async () => {
  const side = ["1.....", "......", "..2...", "......", "......"];
  const cuts = async (stack: LabelStack) =>
    (await surfacePoints(stack)).map(({ label, cut }) => [label, cut]);
  assert.deepEqual(await cuts(drawn([EMPTY, side, EMPTY])), [[1, true], [2, false]]);
  assert.deepEqual(await cuts(drawn([EMPTY, RING])), [[1, true]]);
});

Deno.test("a stack without a voxel size is refused", () => {
  const stack = labelsOf(stackOf([1, 1, 1], () => 1, { name: "bare.tif" }));
  return assert.rejects(surfacePoints(stack), {
    name: "InputError",
    message: "bare.tif does not state its voxel size, without which a shape is unknown: give z, " +
      "y and x in µm with voxelSize.",
  });
});

Deno.test("labels of slices get the 3D label under most of their pixels, and keep their contours", async () => {
  const flat = drawn([["1112", "1112", "3300"], ["2220", "2221", "0001"]]);
  const solid = drawn([["5550", "5666", "0000"], ["5550", "5556", "0006"]]);
  const joined = joinLabels(flat, solid);
  assert.deepEqual([...await joined.readSlice(0)], [5, 5, 5, 6, 5, 5, 5, 6, 0, 0, 0, 0]);
  assert.deepEqual([...await joined.readSlice(1)], [5, 5, 5, 0, 5, 5, 5, 6, 0, 0, 0, 6]);
  assert.equal(joined.dropped(), 1, "3 lies over background alone");
});

Deno.test("3D labels of another size are refused", () => {
  assert.throws(() => joinLabels(drawn([EMPTY]), drawn([EMPTY, EMPTY])), {
    name: "InputError",
    message: "drawn.tif has 1 voxels along z and drawn.tif 2: both must be segmentations of one " +
      "stack.",
  });
});
