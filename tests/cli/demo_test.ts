import assert from "assert";
import { decode } from "fast-png";
import { fileURLToPath } from "node:url";
import deno from "../../deno.json" with { type: "json" };
import { inTemporaryFolder } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { writeStack } from "../support/stacks.ts";

const PROGRAM = fileURLToPath(new URL("../../src/cli/demo.ts", import.meta.url));

/** Runs the demo in a folder, so that it writes there. */
async function demo(folder: string, ...args: string[]) {
  const flags = deno.tasks.demo.split(" ").slice(1, -1);
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...flags, PROGRAM, ...args],
    cwd: folder,
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("the demo upsamples a stack and draws it before and after, over the same depth", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/cells.tif`, { sizes: { z: 3 } });
    const { code, stderr } = await demo(folder, "cells.tif", formulaModelFile("zaugnet"));
    assert.equal(code, 0, stderr);
    const size = async (name: string) => {
      const { width, height } = decode(await Deno.readFile(`${folder}/out/cells_${name}.png`));
      return [width, height];
    };
    assert.deepEqual(await size("before_xz"), [528, 55]);
    assert.deepEqual(await size("after_xz"), [528, 55]);
    assert.deepEqual(await size("xz"), [1059, 55]);
    assert.ok((await Deno.stat(`${folder}/out/cells_upsampled.tif`)).size > 5 * 32 * 48);
  }));

Deno.test("the demo says in one sentence that there is no model, and where one is looked for", () =>
  inTemporaryFolder(async (folder) => {
    const { code, stderr } = await demo(folder);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^error: There is no model: put a ZAugNet checkpoint .* into models\/.*\n$/,
    );
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));
