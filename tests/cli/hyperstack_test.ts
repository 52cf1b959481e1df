import assert from "assert";
import { bytesSource, stackDigest } from "../../src/core.ts";
import { runCli } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { readStack, waves, writeStack } from "../support/stacks.ts";
import { hasTifffile, tifffileViews } from "../support/tifffile.ts";

const TYPES = ["uint8", "uint16", "float32"] as const;
const SIZES = { t: 2, c: 2, z: 2, y: 30, x: 45 };
const folder = Deno.makeTempDirSync();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

/** One run over stacks of every type in both formats, for all tests of this file. */
const outputs = (async () => {
  for (const sampleType of TYPES) {
    await writeStack(`${folder}/${sampleType}.tif`, { sampleType, sizes: SIZES });
    await writeStack(`${folder}/${sampleType}.ome.tif`, {
      format: "ome",
      sampleType,
      sizes: SIZES,
      channelNames: ["DAPI", "GFP"],
      frameInterval: { value: 2.5, unit: "s" },
    });
  }
  // The second channel of the second frame, by itself.
  const alone = { ...SIZES, t: 1, c: 1 };
  const slice = waves("uint8", SIZES);
  await writeStack(`${folder}/alone.tif`, { sizes: alone }, (_t, _c, z) => slice(1, 1, z));
  const output = `${folder}/made/`;
  const model = formulaModelFile("zaugnet");
  const { code, stderr } = await runCli("predict", folder, "--output", output, "--model", model);
  assert.equal(code, 0, stderr);
  return output;
})();
// A failure is thrown where it is awaited, in each test.
outputs.catch(() => {});

for (const sampleType of TYPES) {
  for (const name of [`${sampleType}.tif`, `${sampleType}.ome.tif`]) {
    Deno.test(`predict keeps frames, channels, type and voxel size of ${name}`, async () => {
      const { info } = await readStack(`${await outputs}${name}`);
      assert.deepEqual(info.sizes, { ...SIZES, z: 3 });
      assert.equal(info.sampleType, sampleType);
      assert.deepEqual(info.voxelSize.z, 0.25);
      assert.ok(Math.abs(info.voxelSize.x! - 0.25) < 1e-6);
      if (!name.includes("ome")) return;
      assert.equal(info.format, "OME-TIFF");
      assert.deepEqual(info.channelNames, ["DAPI", "GFP"]);
      assert.deepEqual(info.frameInterval, { value: 2.5, unit: "s" });
    });

    Deno.test(`predict passes the slices of ${name} through bit for bit`, async () => {
      const made = await readStack(`${await outputs}${name}`);
      const slice = waves(sampleType, SIZES);
      for (let t = 0; t < SIZES.t; t++) {
        for (let c = 0; c < SIZES.c; c++) {
          for (let z = 0; z < SIZES.z; z++) {
            assert.deepEqual(await made.readSlice(t, c, 2 * z), slice(t, c, z), `${t} ${c} ${z}`);
          }
        }
      }
    });
  }
}

Deno.test("predict predicts each channel and frame from its own slices", async () => {
  const [all, alone] = [
    await readStack(`${await outputs}uint8.tif`),
    await readStack(`${await outputs}alone.tif`),
  ];
  const [expected, actual] = [await alone.readSlice(0, 0, 1), await all.readSlice(1, 1, 1)];
  const worst = Math.max(...actual.map((value, i) => Math.abs(value - expected[i])));
  assert.ok(worst <= 1, `${worst} grey levels`);
  assert.notDeepEqual(await all.readSlice(0, 1, 1), actual);
});

Deno.test({
  name: "tifffile opens what predict writes, with the same values, axes and z step",
  ignore: !hasTifffile(),
  async fn() {
    const names = TYPES.flatMap((type) => [`${type}.tif`, `${type}.ome.tif`]);
    const made = await outputs;
    const views = tifffileViews(...names.map((name) => `${made}${name}`));
    for (const [i, name] of names.entries()) {
      const source = bytesSource(await Deno.readFile(`${made}${name}`), name);
      assert.deepEqual(views[i], {
        axes: "TZCYX",
        shape: [2, 3, 2, 30, 45],
        dtype: name.split(".")[0],
        sha256: (await stackDigest(source)).sha256,
        spacing: 0.25,
      }, name);
    }
  },
});
