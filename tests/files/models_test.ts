import assert from "assert";
import { modelsCatalogue, modelsReadme } from "../../scripts/models_document.ts";
import catalogue from "../../models/models.json" with { type: "json" };
import { parameterCount, readModel } from "../../src/core.ts";
import { BUNDLED_MODELS } from "../../src/files/bundled_models.ts";
import { fittingModel } from "../../src/files/fitting_model.ts";
import { addOwnModel, modelPath, ownModels } from "../../src/files/named_models.ts";
import { inTemporaryFolder } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { writeStack } from "../support/stacks.ts";

/** Works with models of one's own in a folder of the test's, with files beside. */
async function withOwn(test: (folder: string) => Promise<void>): Promise<void> {
  const before = Deno.env.get("XDG_DATA_HOME");
  await inTemporaryFolder(async (folder) => {
    Deno.env.set("XDG_DATA_HOME", folder);
    try {
      await test(folder);
    } finally {
      if (before === undefined) Deno.env.delete("XDG_DATA_HOME");
      else Deno.env.set("XDG_DATA_HOME", before);
    }
  });
}

Deno.test("models.json says what the files that come with the program are", async () => {
  assert.deepEqual(await modelsCatalogue(), catalogue, "`deno task docs` writes it");
  for (const { path, variant, parameters } of BUNDLED_MODELS) {
    const model = readModel(await Deno.readFile(path), path);
    assert.deepEqual([variant, parameters], [model.variant, parameterCount(model)]);
  }
});

Deno.test("models/README.md has the tables of models.json", async () => {
  assert.equal(await Deno.readTextFile("models/README.md"), await modelsReadme());
});

Deno.test("a model goes by its name, of the program or one's own, or by its path", () =>
  withOwn(async (folder) => {
    const [plain, plus] = BUNDLED_MODELS;
    assert.equal(await modelPath("zaugnet"), plain.path);
    assert.equal(await modelPath("zaugnet+"), plus.path);
    const file = formulaModelFile("zaugnet");
    assert.equal(await modelPath(file), file);
    const kept = await addOwnModel(file, "membranes.v2");
    assert.ok(kept.startsWith(folder));
    assert.deepEqual(await Deno.readFile(kept), await Deno.readFile(file));
    assert.equal(await modelPath("membranes.v2"), kept);
    assert.deepEqual(await ownModels(), [{ name: "membranes.v2", path: kept }]);
  }));

Deno.test("no name of a model is taken twice, and none leads out of its folder", () =>
  withOwn(async () => {
    const file = formulaModelFile("zaugnet");
    await addOwnModel(file, "mine");
    await assert.rejects(addOwnModel(file, "mine"), /There is a model mine/);
    await assert.rejects(addOwnModel(file, "zaugnet+"), /comes with the program/);
    await assert.rejects(addOwnModel(file, "../mine"), /can't be a model's name/);
    await assert.rejects(addOwnModel("README.md", "text"), /README\.md/);
    assert.deepEqual((await ownModels()).map(({ name }) => name), ["mine"]);
  }));

Deno.test("a name that is a file, too, is refused: it could mean either", () =>
  inTemporaryFolder(async (folder) => {
    const before = Deno.cwd();
    Deno.chdir(folder);
    try {
      await Deno.writeTextFile("zaugnet", "a file");
      await assert.rejects(modelPath("zaugnet"), /a file here and the name of a model: write \.\//);
      assert.equal(await modelPath("./zaugnet"), "./zaugnet");
      await Deno.remove("zaugnet");
      await Deno.mkdir("zaugnet");
      assert.equal(await modelPath("zaugnet"), BUNDLED_MODELS[0].path);
    } finally {
      Deno.chdir(before);
    }
  }));

for (
  const [wish, name] of [
    [{}, "zaugnet"],
    [{ factor: 8 }, "zaugnet"],
    [{ factor: 3 }, "zaugnet+"],
    [{ dpm: [0.5] }, "zaugnet"],
    [{ dpm: [0.25, 0.5] }, "zaugnet+"],
    [{ spacing: 0.25 }, "zaugnet"],
    [{ spacing: 0.3 }, "zaugnet+"],
    [{ spacing: "isotropic" }, "zaugnet"],
    [{ spacing: 1 }, "zaugnet"],
    [{ repair: [2] }, "zaugnet"],
    [{ repair: [2, 3] }, "zaugnet+"],
    [{ repair: "auto" }, "zaugnet+"],
  ] as const
) {
  Deno.test(`${JSON.stringify(wish)} of a stack with steps of 0.5 and pixels of 0.25 takes ${name}`, () =>
    inTemporaryFolder(async (folder) => {
      await writeStack(`${folder}/a.tif`, { sizes: { z: 5 } });
      assert.equal((await fittingModel([`${folder}/a.tif`], wish)).name, name);
    }));
}
