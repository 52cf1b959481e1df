import assert from "assert";
import { decode } from "fast-png";
import { fileURLToPath } from "node:url";
import deno from "../../deno.json" with { type: "json" };
import { inTemporaryFolder } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { readStack, writeStack } from "../support/stacks.ts";

const PROGRAM = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** Runs the demo in a folder, so that it writes there. */
async function demo(folder: string, ...args: string[]) {
  const flags = deno.tasks.demo.split(" ").slice(1, -2);
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...flags, PROGRAM, "demo", ...args],
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

Deno.test("the demo without a stack takes the real one, and says whose it is", () =>
  inTemporaryFolder(async (folder) => {
    const { code, stderr } = await demo(folder, "--model", formulaModelFile("zaugnet"));
    assert.equal(code, 0, stderr);
    assert.match(stderr, /nuclear_envelope_fly_embryo\.tif \(NEUBIAS .*, CC BY 4\.0\)/);
    const { info } = await readStack(`${folder}/out/nuclear_envelope_fly_embryo_upsampled.tif`);
    assert.deepEqual(info.sizes, { t: 1, c: 1, z: 27, y: 224, x: 305 });
  }));

Deno.test("the demo makes a stack of cells where that is asked for, in the folder that is named", () =>
  inTemporaryFolder(async (folder) => {
    const model = formulaModelFile("zaugnet");
    const { code, stderr } = await demo(folder, "--cells", "-o", "mine", "-m", model);
    assert.equal(code, 0, stderr);
    const names = [...Deno.readDirSync(`${folder}/mine`)].map(({ name }) => name).sort();
    assert.deepEqual(names, [
      ...["sample.tif", "sample_after_xz.png", "sample_before_xz.png", "sample_upsampled.tif"],
      "sample_xz.png",
    ]);
  }));
