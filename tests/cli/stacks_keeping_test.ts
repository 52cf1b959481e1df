import assert from "assert";
import { roi } from "../io/roi_fixture.ts";
import { buildTiff, HEIGHT, numberedPages, WIDTH } from "../io/tiff_builder.ts";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { shared } from "../support/shared.ts";
import { readStack, writeStack } from "../support/stacks.ts";

const MODEL = formulaModelFile("zaugnet");
const cases = shared("cases");
const LOST = /OME-TIFF has no place for ImageJ's selection and overlays; a \.tif keeps them/;

Deno.test("predict moves selection and overlays with their slices, and says where they are lost", () =>
  inTemporaryFolder(async (folder) => {
    // Slice z of one channel is slice 2 z - 1 of the result; 0 is every slice.
    const kept = {
      roi: roi({ position: 3 }),
      overlays: [roi({ z: 2 }), roi({}), roi({ position: 2 })],
    };
    await writeStack(`${folder}/a.tif`, { sizes: { z: 3 }, kept });
    const how = ["predict", "-m", MODEL, `${folder}/a.tif`, "-o"];
    const imageJ = await runCli(...how, `${folder}/o.tif`);
    assert.equal(imageJ.code, 0, imageJ.stderr);
    assert.doesNotMatch(imageJ.stderr, LOST);
    const moved = (await readStack(`${folder}/o.tif`)).info.kept;
    assert.deepEqual(moved?.roi, roi({ position: 5 }));
    assert.deepEqual(moved?.overlays, [roi({ z: 3 }), roi({}), roi({ position: 3 })]);

    const ome = await runCli(...how, `${folder}/o.ome.tif`);
    assert.equal(ome.code, 0, ome.stderr);
    assert.match(ome.stderr, LOST);
    const { info } = await readStack(`${folder}/o.ome.tif`);
    assert.deepEqual([info.kept?.roi, info.kept?.overlays], [undefined, undefined]);
  }));

Deno.test("predict --series reads the stack of a file that is named, not the one with most slices", () =>
  inTemporaryFolder(async (folder) => {
    // Pages of another size are a series of their own.
    const small = Array.from({ length: 3 }, (_, z) => ({
      width: 16,
      height: 16,
      blocks: [new Uint8Array(256).fill(20 * z + 5)],
    }));
    await Deno.writeFile(`${folder}/two.tif`, buildTiff([...numberedPages(4), ...small]));
    const how = ["predict", "-m", MODEL, `${folder}/two.tif`, "-o", `${folder}/o.tif`];
    const sizesOf = async (...flags: string[]) => {
      const { code, stderr } = await runCli(...how, ...flags);
      assert.equal(code, 0, stderr);
      return await readStack(`${folder}/o.tif`);
    };
    const main = (await sizesOf()).info.sizes;
    assert.deepEqual([main.z, main.y, main.x], [7, HEIGHT, WIDTH]);
    const { info: { sizes }, readSlice } = await sizesOf("--series", "2");
    assert.deepEqual([sizes.z, sizes.y, sizes.x], [5, 16, 16]);
    for (const z of [0, 1, 2]) {
      assert.deepEqual(await readSlice(0, 0, 2 * z), new Uint8Array(256).fill(20 * z + 5));
    }
    const none = await runCli(...how, "--series", "3");
    assert.equal(none.code, 2);
    assert.match(none.stderr, /series/);
  }));

Deno.test({
  name: "predict --series 2 takes the stack behind a preview",
  ignore: cases === undefined,
  fn: () =>
    inTemporaryFolder(async (folder) => {
      const { code, stderr } = await runCli(
        ...["predict", "-m", MODEL, `${cases}/preview_first.tif`, "--series", "2"],
        ...["-o", `${folder}/o.tif`],
      );
      assert.equal(code, 0, stderr);
      const [given, made] = [
        await readStack(`${cases}/preview_first.tif`),
        await readStack(`${folder}/o.tif`),
      ];
      assert.equal(made.info.sizes.z, 2 * given.info.sizes.z - 1);
      assert.deepEqual(await made.readSlice(0, 0, 2), await given.readSlice(0, 0, 1));
    }),
});
