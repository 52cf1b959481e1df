import assert from "assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { TestServer } from "../support/server.ts";
import { readStack, writeStack } from "../support/stacks.ts";

const PYTHON = "/usr/bin/python3";
const IMAGEJ = "/usr/share/java/ij.jar";
const API = await Deno.readTextFile(new URL("../../docs/api.md", import.meta.url));
const STACK = { sampleType: "uint16", voxelSize: { x: 0.25, y: 0.25, z: 1, unit: "um" } } as const;

/** The first block of code under a heading of docs/api.md. */
function recipe(heading: string): string {
  const [, section] = API.split(`\n## ${heading}\n`);
  return section.match(/```(?:python|ijm)\n(.*?)```/s)![1];
}

/** What a program says; it fails where the program does. */
async function run(program: string, args: readonly string[], cwd: string) {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd,
  }).output();
  const [out, said] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.ok(success, out + said);
  return out;
}

/** Whether a program runs; says loudly where it does not. */
async function has(what: string, program: string, ...args: string[]): Promise<boolean> {
  const command = new Deno.Command(program, { args, stdout: "null", stderr: "null" });
  // In an async function: where there is no such program, output() itself throws.
  const output = async () => await command.output();
  const found = await output().then(({ success }) => success, () => false);
  if (!found) console.warn(`SKIPPED: the recipes for ${what}, which is not installed`);
  return found;
}

/** A folder with a stack, a token and a model, what the command line makes of it, and a service. */
function withRecipes(
  flags: (folder: string) => readonly string[],
  test: (folder: string, server: TestServer, expected: string) => Promise<void>,
): Promise<void> {
  return inTemporaryFolder(async (folder) => {
    const at = (name: string) => join(folder, name);
    await writeStack(at("stack.tif"), STACK);
    await Deno.writeTextFile(at("token"), "token-of-the-tests\n");
    await Deno.copyFile(formulaModelFile("zaugnet"), at("membranes.safetensors"));
    const model = ["--model", at("membranes.safetensors"), "--factor", "4"];
    const output = ["--output", at("expected.tif")];
    const { code, stderr } = await runCli("predict", at("stack.tif"), ...model, ...output);
    assert.equal(code, 0, stderr);
    const server = await TestServer.start(at("data"), ...flags(folder));
    try {
      const body = await Deno.readFile(at("membranes.safetensors"));
      const headers = { Authorization: "Bearer token-of-the-tests" };
      const kept = await server.fetch("/models/membranes", { method: "PUT", headers, body });
      assert.equal(kept.status, 201, await kept.text());
      await test(folder, server, at("expected.tif"));
    } finally {
      await server.stop();
    }
  });
}

Deno.test("the recipes for Python, napari and inference do what they say", async () => {
  if (!await has("Python", PYTHON, "-c", "import numpy, requests, tifffile")) return;
  await withRecipes(
    (folder) => ["--token-file", join(folder, "token")],
    async (folder, server, expected) => {
      const viewer = `
class Viewer:
    def add_image(self, data, scale):
        print("added", data.shape, data.dtype, scale)
viewer = Viewer()
`;
      const script = [
        recipe("From Python").replace("http://127.0.0.1:8000", server.url("")),
        viewer + recipe("Into napari"),
        recipe("Open Inference Protocol") + "print('inferred', slice.shape)\n",
      ].join("\n");
      const said = await run(PYTHON, ["-c", script], folder);
      assert.match(said, /^added \(9, 32, 48\) uint16 \(0\.25, 0\.25, 0\.25\)$/m);
      assert.match(said, /^inferred \(1, 1, 256, 256\)$/m);
      const made = await Deno.readFile(join(folder, "result.tif"));
      assert.deepEqual(made, await Deno.readFile(expected));
    },
  );
});

Deno.test("the macro for Fiji does what it says, in ImageJ", async () => {
  if (!await has("Fiji", "xvfb-run", "--help") || !await has("Fiji", "java", "-version")) return;
  if (!existsSync(IMAGEJ)) return console.warn(`SKIPPED: the recipe for Fiji: no ${IMAGEJ}`);
  await withRecipes(() => [], async (folder, server, expected) => {
    const saved = join(folder, "saved.tif");
    const macro = [
      `open("${join(folder, "stack.tif")}");`,
      recipe("Into Fiji").replace("http://127.0.0.1:8000", server.url("")),
      `saveAs("Tiff", "${saved}");`,
    ].join("\n");
    await Deno.writeTextFile(join(folder, "macro.ijm"), macro);
    const java = ["java", `-Djava.io.tmpdir=${folder}`, "-jar", IMAGEJ];
    await run("xvfb-run", ["-a", ...java, "-batch", join(folder, "macro.ijm")], folder);
    const [made, wanted] = [await readStack(saved), await readStack(expected)];
    assert.deepEqual(made.info.sizes, wanted.info.sizes);
    assert.equal(made.info.voxelSize.z, 0.25);
    for (let z = 0; z < wanted.info.sizes.z; z++) {
      assert.deepEqual(await made.readSlice(0, 0, z), await wanted.readSlice(0, 0, z));
    }
  });
});
