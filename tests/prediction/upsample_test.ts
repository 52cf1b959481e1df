import assert from "assert";
import { encodeTiff, readModel, Stack, upsample } from "../../mod.ts";
import { InputError } from "../../src/errors.ts";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { testDevice } from "../support/device.ts";
import { formulaModel, formulaModelFile } from "../support/formula_model.ts";
import { readStack, waves, writeStack } from "../support/stacks.ts";

const SIZES = { t: 2, c: 2, z: 3, y: 32, x: 48 };

Deno.test("upsample() makes of a file's bytes what zaugnet predict writes, samples and voxels", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/in.tif`, { sampleType: "uint16", sizes: SIZES });
    const file = formulaModelFile("zaugnet");
    const flags = ["--model", file, "--output", `${folder}/out.tif`, "--factor", "4"];
    const { code, stderr } = await runCli("predict", `${folder}/in.tif`, ...flags);
    assert.equal(code, 0, stderr);

    const stack = await upsample(await Deno.readFile(`${folder}/in.tif`), {
      model: readModel(await Deno.readFile(file)),
      device: await testDevice(),
      factor: 4,
    });
    const written = await readStack(`${folder}/out.tif`);
    assert.deepEqual(stack.info.sizes, { ...SIZES, z: 9 });
    assert.deepEqual(stack.info.voxelSize, written.info.voxelSize);
    for (const [t, c, z] of [[0, 0, 1], [0, 1, 4], [1, 0, 7], [1, 1, 8]]) {
      assert.deepEqual(await stack.readSlice(t, c, z), await written.readSlice(t, c, z));
    }
  }));

Deno.test("upsample() takes a program's own samples, and its result reads back from its TIFF", async () => {
  const sizes = { z: 2, y: 32, x: 32 };
  const slice = waves("uint8", { t: 1, c: 1, ...sizes });
  const data = new Uint8Array([...slice(0, 0, 0), ...slice(0, 0, 1)]);
  const stack = await upsample(Stack.of(data, { sizes, voxelSize: { z: 2, unit: "µm" } }), {
    model: readModel(formulaModel("zaugnet+")),
    device: await testDevice(),
    dpm: [0.25],
  });
  assert.deepEqual(stack.info.sizes, { t: 1, c: 1, z: 3, y: 32, x: 32 });
  assert.deepEqual(stack.data.slice(0, 1024), data.slice(0, 1024));
  assert.deepEqual(stack.data.slice(2048), data.slice(1024));
  const { bytesSource, openStack } = await import("../../mod.ts");
  const read = await openStack(bytesSource(await encodeTiff(stack, { format: "ome" })));
  assert.deepEqual(await read.readSlice(0, 0, 1), stack.data.slice(1024, 2048));
});

Deno.test("Stack.of() refuses samples that are not as many as the sizes say", () => {
  const sizes = { z: 2, y: 4, x: 4 };
  assert.throws(() => Stack.of(new Uint8Array(31), { sizes }), (error) => {
    assert.ok(error instanceof InputError);
    assert.match(error.message, /31 samples, and its sizes say 32/);
    return true;
  });
});
