import assert from "assert";
import { inTemporaryFolder, runCli, runCliWith } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { readStack, writeStack } from "../support/stacks.ts";

Deno.test("models lists those of the program and one's own, and add keeps one by its name", () =>
  inTemporaryFolder(async (folder) => {
    const environment = { XDG_DATA_HOME: folder };
    const added = await runCliWith(
      environment,
      ...["models", "add", formulaModelFile("zaugnet+"), "--name", "mine"],
    );
    assert.equal(added.code, 0, added.stderr);
    const { stdout } = await runCliWith(environment, "models");
    assert.match(
      stdout,
      /^zaugnet: .*\n {2}zaugnet, 19\.2 MiB, licence MIT\n {2}trained on electron microscopy/m,
    );
    assert.match(stdout, /golgi_16bit -0\.82/, "what is worse is said, too");
    assert.match(stdout, /^mine: zaugnet\+, /m);
    const info = await runCliWith(environment, "info", "mine", "--json");
    assert.equal(JSON.parse(info.stdout).variant, "zaugnet+");
    const again = await runCliWith(environment, "models", "--json");
    const names = JSON.parse(again.stdout).models.map(({ name }: { name: string }) => name);
    assert.deepEqual(names, ["zaugnet", "zaugnet+", "mine"]);
  }));

Deno.test("predict without a model takes the one that fits, and names it", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`);
    const { code, stderr, stdout } = await runCli("predict", `${folder}/a.tif`, "--factor", "3");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^Model: zaugnet\+, which comes with the program/m);
    assert.match(stdout, /a_zaugnet\.tif: 3 -> 7 slices/);
    const { info } = await readStack(`${folder}/a_zaugnet.tif`);
    assert.equal(info.extras!["zaugnet.model"], "zaugnet_plus.safetensors");
  }));
