import assert from "assert";
import { decode } from "fast-png";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { formulaModelFile, PLAIN_MAP, SMALL_WIDTHS } from "../support/formula_model.ts";
import { writeStack } from "../support/stacks.ts";

const MODEL = formulaModelFile("zaugnet", SMALL_WIDTHS, PLAIN_MAP);

Deno.test("check says in a sentence, a table and a picture what wins, with a model and without", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`, { sizes: { c: 2, z: 9, y: 48, x: 64 } });
    const png = `${folder}/out.png`;
    const check = (...more: string[]) => runCli("check", `${folder}/a.tif`, ...more);
    const result = await check("-m", MODEL, "--picture", png);
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /^On a\.tif, .*\.\n\n/);
    for (const method of ["linear", "cubic", "adaptive", "calibrated", "network"]) {
      assert.match(result.stdout, new RegExp(`^${method} +[+-][\\d.]+ ± [\\d.]+ +[\\d.]+`, "m"));
    }
    assert.ok(decode(await Deno.readFile(png)).width > 4 * 240);

    const without = await check("--json");
    assert.equal(without.code, 0, without.stderr);
    const { sentence, methods } = JSON.parse(without.stdout);
    assert.match(sentence, /^On a\.tif, /);
    assert.deepEqual(methods.map(({ method }: { method: string }) => method).sort(), [
      ...["adaptive", "bands", "cubic", "linear"],
    ]);
  }));

Deno.test("check refuses a stack of two slices in one sentence", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`, { sizes: { z: 2 } });
    const { code, stderr } = await runCli("check", `${folder}/a.tif`);
    assert.equal(code, 2);
    assert.match(stderr, /a\.tif has 2 slices/);
  }));
