import assert from "assert";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { readStack, writeStack } from "../support/stacks.ts";

const MODEL = formulaModelFile("zaugnet");

Deno.test("predict --uncertainty writes the mean, and the spread beside it in float32", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`, { sizes: { z: 3, y: 16, x: 20 } });
    const args = ["predict", `${folder}/a.tif`, "-m", MODEL, "-o", `${folder}/out.ome.tif`];
    const result = await runCli(...args, "--uncertainty", "--json");
    assert.equal(result.code, 0, result.stderr);
    const stack = await readStack(`${folder}/out.ome.tif`);
    const spread = await readStack(`${folder}/out-spread.ome.tif`);
    assert.equal(stack.info.sampleType, "uint8");
    assert.equal(spread.info.sampleType, "float32");
    assert.deepEqual(spread.info.sizes, stack.info.sizes);
    assert.deepEqual(spread.info.voxelSize, stack.info.voxelSize);
    assert.match(stack.info.extras?.["zaugnet.ensemble"] ?? "", /^8 /);
    assert.match(spread.info.extras?.["zaugnet.holds"] ?? "", /standard deviation/);
    const original = await readStack(`${folder}/a.tif`);
    for (const z of [0, 2, 4]) {
      assert.deepEqual(await stack.readSlice(0, 0, z), await original.readSlice(0, 0, z / 2));
      assert.ok((await spread.readSlice(0, 0, z)).every((value) => value === 0));
    }
    const generated = await spread.readSlice(0, 0, 1);
    assert.ok(generated.every((value) => value >= 0 && value < 255));
    assert.ok(generated.some((value) => value > 0.01));

    const again = await runCli(...args, "--uncertainty", "--resume");
    assert.match(again.stdout, /is whole already/);
    await Deno.remove(`${folder}/out-spread.ome.tif`);
    const dry = await runCli(...args, "--uncertainty", "--resume", "--dry-run");
    assert.match(dry.stdout, /would be written/, "the spread is missing");
    const plain = await runCli(...args, "--resume", "--dry-run");
    assert.match(plain.stdout, /would be written/, "an ensemble is not one pass");
  }));

Deno.test("predict --uncertainty refuses a spread that would replace an input", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a-spread.tif`, { sizes: { z: 3, y: 16, x: 16 } });
    const result = await runCli(
      ...["predict", `${folder}/a-spread.tif`, "-m", MODEL, "-o", `${folder}/a.tif`],
      "--uncertainty",
    );
    assert.equal(result.code, 2);
    assert.match(result.stderr, /The output .*a-spread\.tif would replace an input/);
  }));
