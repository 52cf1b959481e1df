import assert from "assert";
import { fileURLToPath } from "node:url";
import { decode } from "fast-png";
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

Deno.test("example 02 draws the sample from the side", () =>
  inTemporaryFolder(async (folder) => {
    await run("02_sample_picture.ts", `${folder}/xz.png`);
    const { width, height } = decode(await Deno.readFile(`${folder}/xz.png`));
    assert.deepEqual([width, height], [400, 122]);
  }));

Deno.test("example 03 upsamples a stack", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/in.tif`);
    const model = formulaModelFile("zaugnet");
    const printed = await run("03_predict.ts", `${folder}/in.tif`, model, `${folder}/out.tif`);
    assert.match(printed, /3 -> 5 slices/);
    assert.equal((await readStack(`${folder}/out.tif`)).info.sizes.z, 5);
  }));
