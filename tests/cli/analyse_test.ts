import assert from "assert";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { shared } from "../support/shared.ts";
import { readStack, writeStack } from "../support/stacks.ts";

/** Runs a measurement that succeeds. */
async function analyse(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli("analyse", ...args);
  assert.equal(code, 0, stderr);
  return stdout;
}

const SIZES = { z: 16, y: 24, x: 28 };

/** Writes a stack in which an ellipsoid, moved along x, has the value 7. */
function writeEllipsoid(path: string, shift = 0, label = (_z: number) => 7) {
  return writeStack(
    path,
    { sizes: SIZES },
    (_t, _c, z) =>
      new Uint8Array(SIZES.y * SIZES.x).map((_, i) => {
        const [y, x] = [Math.floor(i / SIZES.x), i % SIZES.x];
        const inside = Math.hypot((z - 7.5) / 5, (y - 11.6) / 9, (x - 12.3 - shift) / 10) <= 1;
        return inside ? label(z) : 0;
      }),
  );
}

Deno.test("analyse volumes prints a table and writes CSV and a scatter plot", () =>
  inTemporaryFolder(async (folder) => {
    const [a, b, svg, csv] = ["a.tif", "b.tif", "plot.svg", "cells.csv"].map((n) =>
      `${folder}/${n}`
    );
    await writeEllipsoid(a);
    await writeEllipsoid(b, 2);
    const text = await analyse("volumes", a, b, "--output", svg, "--csv", csv);
    assert.match(text, /^7 +7 +\d+ +\d+ +\d+\.\d+ +\d+\.\d+ +\d+ +0\.\d{4} +0\.\d{4}$/m);
    assert.match(text, /^cells: 1 in A, 1 in B; matched: 1$/m);
    assert.match(await Deno.readTextFile(svg), /^<svg .*a\.tif \(µm³\)/s);
    const [, line] = (await Deno.readTextFile(csv)).split("\n");
    const [label, match, voxelsA, , volumeA] = line.split(",").map(Number);
    assert.deepEqual([label, match], [7, 7]);
    assert.ok(Math.abs(volumeA / voxelsA - 0.25 * 0.25 * 0.5) < 1e-12);
  }));

Deno.test("analyse volumes takes the voxel size that it is given", () =>
  inTemporaryFolder(async (folder) => {
    const path = `${folder}/a.tif`;
    await writeEllipsoid(path);
    const size = ["--voxel-size", "2,3,5", "--json"];
    const { spacing, matched: [cell] } = JSON.parse(await analyse("volumes", path, path, ...size));
    assert.deepEqual(spacing, { z: 2, y: 3, x: 5, unit: "µm" });
    assert.equal(cell.volumeA, 30 * cell.voxelsA);
  }));

Deno.test("analyse roughness joins labels of slices by 3D labels, and gives the power as JSON", () =>
  inTemporaryFolder(async (folder) => {
    const [flat, solid, svg] = ["2d.tif", "3d.tif", "plot.svg"].map((name) => `${folder}/${name}`);
    await writeEllipsoid(flat, 0, (z) => 1 + z % 3);
    await writeEllipsoid(solid);
    const options = ["--l-max", "8", "--above", "4", "--output", svg, "--json"];
    const joined = JSON.parse(await analyse("roughness", flat, "--labels3d", solid, ...options));
    const whole = JSON.parse(await analyse("roughness", solid, ...options));
    assert.equal(joined.nuclei[0].label, 7);
    assert.deepEqual(joined.nuclei, whole.nuclei);
    const [{ meanRadius, power }] = whole.nuclei;
    // Half axes 2.5, 2.25 and 2.5 µm.
    assert.ok(meanRadius > 2.3 && meanRadius < 2.5, `${meanRadius}`);
    assert.equal(power.length, 9);
    assert.match(await Deno.readTextFile(svg), /^<svg /);
  }));

Deno.test("analyse lengths compares snakes of SOAX with the skeleton of a mask", () =>
  inTemporaryFolder(async (folder) => {
    const [snakes, mask, svg] = ["a.txt", "b.tif", "plot.svg"].map((name) => `${folder}/${name}`);
    await Deno.writeTextFile(snakes, "image\ta.tif\n#1\n0 0 3 5 4 9\n0 1 22 5 4 9\n");
    await writeStack(
      mask,
      { sizes: { z: 9, y: 12, x: 28 } },
      (_t, _c, z) =>
        new Uint8Array(12 * 28).map((_, i) => {
          const [y, x] = [Math.floor(i / 28), i % 28];
          return Number(Math.abs(z - 4) <= 1 && Math.abs(y - 5) <= 1 && x > 1 && x < 25);
        }),
    );
    const options = ["--output", svg, "--json"];
    const { a, b, iou, spacing } = JSON.parse(await analyse("lengths", snakes, mask, ...options));
    assert.equal(spacing.unit, "µm", "the mask says it, and it holds for both");
    assert.deepEqual(a.lengths, [19 * 0.25]);
    assert.equal(b.lengths.length, 1);
    assert.ok(Math.abs(b.lengths[0] - 20 * 0.25) < 0.51, `${b.lengths}`);
    assert.ok(iou > 0.9, `${iou}`);
    assert.match(await Deno.readTextFile(svg), /^<svg /);
  }));

for (
  const [what, args, message] of [
    [
      "a picture that is not SVG",
      ["volumes", "a.tif", "a.tif", "-o", "plot.png"],
      "error: Pictures of an analysis are SVG: --output plot.png must end in .svg.\n",
    ],
    [
      "roughness above the highest degree",
      ["roughness", "a.tif", "--l-max", "5", "--above", "5"],
      "error: --above 5 leaves no degree up to --l-max 5; lower it.\n",
    ],
    [
      "--labels3d with --threshold",
      ["roughness", "a.tif", "--labels3d", "a.tif", "--threshold", "3"],
      "error: --threshold makes 3D labels already; --labels3d joins labels of slices.\n",
    ],
    [
      "a voxel size of two numbers",
      ["volumes", "a.tif", "a.tif", "--voxel-size", "1,2"],
      "It must be three positive numbers: Z,Y,X.",
    ],
    [
      "a text that holds no snakes",
      ["lengths", "notes.txt", "notes.txt"],
      "error: notes.txt, line 1: there is no snake and no header; it must be a file of snakes " +
      "from SOAX.\n",
    ],
    ["an unknown measurement", ["volume", "a.tif", "a.tif"], "error: unknown command 'volume'"],
  ] as const
) {
  Deno.test(`analyse refuses ${what} in one sentence`, () =>
    inTemporaryFolder(async (folder) => {
      await writeEllipsoid(`${folder}/a.tif`);
      await Deno.writeTextFile(`${folder}/notes.txt`, "hello\n");
      const placed = args.map((arg) => /^(a|notes)\./.test(arg) ? `${folder}/${arg}` : arg);
      const { code, stdout, stderr } = await runCli("analyse", ...placed);
      assert.equal(code, 2, stderr);
      assert.ok(stderr.includes(message), stderr);
      assert.equal(stdout, "");
    }));
}

const nuclei = shared("data/nuclei_cultured_cells_a.tif");
const OBJECTS = ["--threshold", "60", "--connectivity", "26", "--min-voxels", "200", "--json"];

Deno.test({
  name: "analyse volumes of real nuclei and their linear interpolation agrees with scipy",
  ignore: !nuclei,
  fn: () =>
    inTemporaryFolder(async (folder) => {
      const reader = await readStack(nuclei!);
      const { sizes, voxelSize } = reader.info;
      const slices = await Promise.all(
        Array.from({ length: sizes.z }, (_, z) => reader.readSlice(0, 0, z)),
      );
      const path = `${folder}/linear.tif`;
      await writeStack(path, { sizes, voxelSize }, (_t, _c, z) => {
        if (z % 2 === 0 || z + 1 === sizes.z) return slices[z];
        return slices[z].map((_, i) => Math.floor((slices[z - 1][i] + slices[z + 1][i]) / 2 + 0.5));
      });
      const { matched, summary, cellsA, cellsB, tooSmallA } = JSON.parse(
        await analyse("volumes", nuclei!, path, ...OBJECTS),
      );
      // scipy.ndimage.label with 26 neighbours, numpy.bincount of each cell's overlaps.
      assert.deepEqual([cellsA, cellsB, tooSmallA, matched.length], [17, 17, 102, 17]);
      const { label, match, voxelsA, voxelsB, overlap } = matched[1];
      assert.deepEqual([label, match, voxelsA, voxelsB, overlap], [3, 3, 7883, 8063, 7558]);
      assert.ok(Math.abs(summary.iou.mean - 0.8965939844405547) < 1e-12);
    }),
});

Deno.test({
  name: "analyse roughness of real nuclei agrees with numpy's least squares",
  ignore: !nuclei,
  async fn() {
    const found = JSON.parse(await analyse("roughness", nuclei!, "--l-max", "10", ...OBJECTS));
    assert.equal(found.nuclei.length, 15);
    assert.deepEqual(found.leftOut.map(({ label }: { label: number }) => label), [6, 9]);
    const [{ label, points, meanRadius, roughness }] = found.nuclei;
    // numpy.linalg.lstsq of scipy.special.sph_harm on the faces of the same voxels, weighted alike.
    assert.deepEqual([label, points], [2, 6106]);
    assert.ok(Math.abs(meanRadius - 3.634495211839245) < 1e-9);
    assert.ok(Math.abs(roughness - 0.045725511829721455) < 1e-9);
    assert.ok(Math.abs(found.summary.mean - 0.06055703443273961) < 1e-9);
  },
});

const golgi = shared("data/golgi_16bit.tif");
Deno.test({
  name: "analyse lengths of a real skeleton agrees with scikit-image and networkx",
  ignore: !golgi,
  async fn() {
    const { a, iou } = JSON.parse(
      await analyse("lengths", golgi!, golgi!, "--threshold", "3000", "--json"),
    );
    // skeletonize_3d, edges between touching voxels but those within junctions.
    assert.ok(Math.abs(a.summary.sum - 34.0624637955852) < 1e-9, `${a.summary.sum}`);
    assert.equal(iou, 1);
  },
});
