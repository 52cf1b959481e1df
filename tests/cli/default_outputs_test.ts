import assert from "assert";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { writeStack } from "../support/stacks.ts";

const MODEL = ["--model", formulaModelFile("zaugnet")];

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("predict writes beside a stack, an OME-TIFF as one, and says so", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`);
    await writeStack(`${folder}/b.ome.tiff`, { format: "ome" });
    const stacks = [`${folder}/a.tif`, `${folder}/b.ome.tiff`];
    const { code, stdout, stderr } = await runCli("predict", ...stacks, ...MODEL);
    assert.equal(code, 0, stderr);
    assert.deepEqual(namesIn(folder), [
      "a.tif",
      "a_zaugnet.tif",
      "b.ome.tiff",
      "b_zaugnet.ome.tif",
    ]);
    assert.match(stdout, /\/a_zaugnet\.tif: 3 -> 5 slices/);
  }));

Deno.test("predict writes a folder's stacks into FOLDER_zaugnet, wherever it is started", () =>
  inTemporaryFolder(async (folder) => {
    await Deno.mkdir(`${folder}/cells`);
    await writeStack(`${folder}/cells/a.tif`);
    for (const named of [`${folder}/cells`, `${folder}/cells/`, `${folder}/cells/.`]) {
      const { code, stderr } = await runCli("predict", named, ...MODEL);
      assert.equal(code, 0, stderr);
      assert.deepEqual(namesIn(`${folder}/cells_zaugnet`), ["a.tif"]);
      assert.deepEqual(namesIn(folder), ["cells", "cells_zaugnet"]);
      await Deno.remove(`${folder}/cells_zaugnet`, { recursive: true });
    }
  }));

Deno.test("what predict wrote is no input the next time, but a user's file of such a name is", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`);
    await writeStack(`${folder}/b_zaugnet.tif`);
    const pattern = `${folder}/*.tif`;
    for (let run = 0; run < 2; run++) {
      const { code, stderr } = await runCli("predict", pattern, ...MODEL, "--uncertainty");
      assert.equal(code, 0, stderr);
      assert.deepEqual(namesIn(folder), [
        ...["a.tif", "a_zaugnet-spread.tif", "a_zaugnet.tif"],
        ...["b_zaugnet.tif", "b_zaugnet_zaugnet-spread.tif", "b_zaugnet_zaugnet.tif"],
      ]);
      assert.equal(stderr.match(/is left out: this program predicted it/g)?.length ?? 0, 4 * run);
    }
    const { code, stderr } = await runCli("predict", `${folder}/a_zaugnet.tif`, ...MODEL);
    assert.equal(code, 2);
    assert.match(stderr, /error: .*a_zaugnet\.tif: predicted already; .* --output\./);
  }));

Deno.test("without --output, predict replaces no file that it did not make", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`);
    for (const write of [writeStack, (path: string) => Deno.writeTextFile(path, "notes")]) {
      await write(`${folder}/a_zaugnet.tif`);
      const before = await Deno.readFile(`${folder}/a_zaugnet.tif`);
      const { code, stderr } = await runCli("predict", `${folder}/a.tif`, ...MODEL);
      assert.equal(code, 2);
      assert.match(stderr, /^error: .*a_zaugnet\.tif is there, and not this program's: /);
      assert.deepEqual(await Deno.readFile(`${folder}/a_zaugnet.tif`), before);
    }
  }));
