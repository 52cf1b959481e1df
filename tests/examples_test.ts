import assert from "assert";
import { fileURLToPath } from "node:url";
import { readModel } from "../mod.ts";
import { inTemporaryFolder } from "./support/cli.ts";
import { formulaModelFile } from "./support/formula_model.ts";
import { readStack, writeStack } from "./support/stacks.ts";

/** Runs an example as its second line says, and answers what it prints. */
async function run(name: string, ...args: string[]): Promise<string> {
  const path = fileURLToPath(new URL(`../examples/${name}`, import.meta.url));
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--frozen", "--quiet", "--no-prompt", ...flagsOf(path), path, ...args],
    env: { DENO_WEBGPU_BACKEND: "vulkan", XDG_RUNTIME_DIR: "/tmp" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

function flagsOf(path: string): string[] {
  const [, command] = Deno.readTextFileSync(path).split("\n");
  return command.split(" ").filter((word) => word.startsWith("--allow"));
}

Deno.test("example 01 prints the derivatives of x³ and gives its memory back", async () => {
  const lines = (await run("01_gradient.ts")).trim().split("\n");
  assert.deepEqual(lines, ["3x²: 3 0 3 12", "6x: -6 0 6 12", "bytes in use: 0"]);
});

Deno.test("example 02 writes a stack of samples as OME-TIFF", () =>
  inTemporaryFolder(async (folder) => {
    await run("02_own_samples.ts", `${folder}/own.ome.tif`);
    const stack = await readStack(`${folder}/own.ome.tif`);
    const { info } = stack;
    assert.deepEqual(info.sizes, { t: 1, c: 1, z: 5, y: 64, x: 96 });
    assert.deepEqual(info.voxelSize, { z: 1, y: 0.25, x: 0.25, unit: "µm" });
    assert.equal((await stack.readSlice(0, 0, 1))[0], Math.floor(1000 + 900 * Math.sin(4 / 7)));
  }));

Deno.test("example 03 upsamples a stack", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/in.tif`);
    const model = formulaModelFile("zaugnet");
    const printed = await run("03_upsample.ts", `${folder}/in.tif`, model, `${folder}/out.tif`);
    assert.match(printed, /out.tif: 5 slices/);
    assert.equal((await readStack(`${folder}/out.tif`)).info.sizes.z, 5);
  }));

Deno.test("example 04 trains a model further", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/in.tif`, { sizes: { t: 1, c: 1, z: 5, y: 64, x: 64 } });
    const model = formulaModelFile("zaugnet");
    const printed = await run(
      "04_train.ts",
      `${folder}/in.tif`,
      model,
      `${folder}/out.safetensors`,
    );
    assert.match(printed, /^1 .*\n2 .*\n3 .*\n$/);
    const [before, after] = [
      await Deno.readFile(model),
      await Deno.readFile(`${folder}/out.safetensors`),
    ];
    assert.notDeepEqual(readModel(after).weights, readModel(before).weights);
  }));
