import assert from "assert";
import { fileURLToPath } from "node:url";
import { inTemporaryFolder } from "./support/cli.ts";
import { readStack, writeStack } from "./support/stacks.ts";

const ROOT = new URL("../", import.meta.url);

/** The first program below a heading of the README. */
async function programOf(heading: string): Promise<string> {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const [, section] = readme.split(`\n## ${heading}\n`);
  const program = section.match(/```ts\n([\s\S]*?)```/);
  assert.ok(program, `README has no program in "${heading}"`);
  return program[1];
}

Deno.test("the README's program upsamples stack.tif", () =>
  inTemporaryFolder(async (folder) => {
    const program = await programOf("In a program");
    await writeStack(`${folder}/stack.tif`);
    await Deno.symlink(fileURLToPath(new URL("models", ROOT)), `${folder}/models`);
    const text = program.replaceAll('"./mod.ts"', `"${new URL("mod.ts", ROOT)}"`);
    await Deno.writeTextFile(`${folder}/program.ts`, text);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write"],
        ...["--config", fileURLToPath(new URL("deno.json", ROOT)), `${folder}/program.ts`],
      ],
      cwd: folder,
      env: { DENO_WEBGPU_BACKEND: "vulkan", XDG_RUNTIME_DIR: "/tmp" },
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    assert.equal((await readStack(`${folder}/upsampled.tif`)).info.sizes.z, 5);
  }));
