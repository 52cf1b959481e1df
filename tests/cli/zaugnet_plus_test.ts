import assert from "assert";
import type { StackReader } from "../../src/core.ts";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { readStack, writeStack } from "../support/stacks.ts";

const model = formulaModelFile("zaugnet+");
const voxelSize = { x: 0.25, y: 0.25, z: 0.75, unit: "micron" };

/** Predicts a stack of three slices with a ZAugNet+ model. */
async function predict(folder: string, ...flags: string[]) {
  const input = `${folder}/in.tif`;
  await writeStack(input, { voxelSize });
  const args = [input, "--model", model, "--output", `${folder}/out.tif`, ...flags];
  const result = await runCli("predict", ...args);
  assert.equal(result.code, 0, result.stderr);
  const [before, after] = [await readStack(input), await readStack(`${folder}/out.tif`)];
  return { before, after, info: after.info, stderr: result.stderr };
}

/** Fails unless the originals lie at these slices of the output. */
async function originalsAt(places: readonly number[], before: StackReader, after: StackReader) {
  for (const [z, place] of places.entries()) {
    const original = await before.readSlice(0, 0, z);
    assert.deepEqual(await after.readSlice(0, 0, place), original, `slice ${z}`);
  }
}

Deno.test("ZAugNet+ cuts each gap into any number of parts with --factor", () =>
  inTemporaryFolder(async (folder) => {
    const { before, after, info } = await predict(folder, "--factor", "3");
    assert.equal(info.sizes.z, 7);
    assert.equal(info.voxelSize.z, 0.25);
    await originalsAt([0, 3, 6], before, after);
    const [third, twoThirds] = [await after.readSlice(0, 0, 1), await after.readSlice(0, 0, 2)];
    assert.notDeepEqual(third, twoThirds, "the distance counts");
  }));

Deno.test("ZAugNet+ makes voxels as deep as wide with --spacing isotropic", () =>
  inTemporaryFolder(async (folder) => {
    const { before, after, info } = await predict(folder, "--spacing", "isotropic");
    assert.equal(info.sizes.z, 7);
    assert.ok(Math.abs(info.voxelSize.z! - info.voxelSize.x!) < 1e-6);
    await originalsAt([0, 3, 6], before, after);
  }));

Deno.test("ZAugNet+ predicts at the distances of --dpm, and says that the steps are uneven", () =>
  inTemporaryFolder(async (folder) => {
    const { before, after, info, stderr } = await predict(folder, "--dpm", "0.25,0.5,0.8");
    assert.equal(info.sizes.z, 9);
    assert.equal(info.voxelSize.z, undefined);
    assert.equal(info.extras?.["zaugnet.dpm"], "0.25,0.5,0.8");
    assert.match(stderr, /not evenly spaced, so it states no z step/);
    await originalsAt([0, 4, 8], before, after);
  }));

Deno.test("ZAugNet+ resamples slices that lie at --positions to an even --spacing", () =>
  inTemporaryFolder(async (folder) => {
    const positions = `${folder}/positions.txt`;
    await Deno.writeTextFile(positions, "0, 0.5\n2\n");
    const flags = ["--positions", positions, "--spacing", "0.5"];
    const { before, after, info } = await predict(folder, ...flags);
    assert.equal(info.sizes.z, 5);
    assert.equal(info.voxelSize.z, 0.5);
    await originalsAt([0, 1, 4], before, after);
  }));
