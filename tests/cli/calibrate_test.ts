import assert from "assert";
import { mapOf } from "../../src/calibration/map.ts";
import { readModel } from "../../src/core.ts";
import { seeded } from "../calibration/noise.ts";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { writeStack } from "../support/stacks.ts";

const MODEL = formulaModelFile("zaugnet");
const SIZES = { z: 5, y: 32, x: 48 };

/** Waves that move along z, under noise of its own strength in each folder. */
async function writeSource(folder: string, n: number): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const noise = seeded(n + 1);
  await writeStack(
    `${folder}/a.tif`,
    { sizes: SIZES },
    (_t, _c, z) =>
      Uint8Array.from(
        { length: SIZES.y * SIZES.x },
        (_, i) => 100 + 60 * Math.sin(i / 9 + z / 3 + n) + 10 * n * (noise() - 0.5),
      ),
  );
}

Deno.test("calibrate scores every folder by a map learnt without it, and writes a model with one", () =>
  inTemporaryFolder(async (folder) => {
    const sources = [0, 1, 2, 3, 4].map((n) => `${folder}/source${n}`);
    for (const [n, source] of sources.entries()) await writeSource(source, n);
    const output = `${folder}/out.safetensors`;
    const args = ["calibrate", "-m", MODEL, "--train", ...sources, "-o", output];
    const { code, stdout, stderr } = await runCli(...args);
    assert.equal(code, 0, stderr);
    for (const source of sources) {
      const name = source.split("/").at(-1);
      assert.match(stdout, new RegExp(`^${name}/a\\.tif +[+-][\\d.]+ +[+-][\\d.]+ +[+-]`, "m"));
    }
    assert.match(stdout, /^mean +[+-]/m);
    assert.match(stdout, /^worst +[+-]/m);
    const made = readModel(await Deno.readFile(output));
    assert.equal(mapOf(made.metadata)?.corrections.length, 3);
    const before = readModel(await Deno.readFile(MODEL));
    assert.deepEqual(made.weights, before.weights);
    const result = await runCli("predict", `${sources[0]}/a.tif`, "-m", output, "-o", folder);
    assert.equal(result.code, 0, result.stderr);
    assert.ok(!/no calibration map/.test(result.stderr));
  }));

Deno.test("calibrate refuses stacks of fewer than five folders in one sentence", () =>
  inTemporaryFolder(async (folder) => {
    const sources = [0, 1, 2, 3].map((n) => `${folder}/source${n}`);
    for (const [n, source] of sources.entries()) await writeSource(source, n);
    const output = `${folder}/out.safetensors`;
    const run = (...train: string[]) =>
      runCli("calibrate", "-m", MODEL, "-o", output, "--train", ...train);
    const few = await run(...sources);
    assert.equal(few.code, 2);
    assert.match(few.stderr, /in 4 folders; a map needs 5 at least/);
    await Deno.mkdir(`${folder}/short`);
    await writeStack(`${folder}/short/a.tif`, { sizes: { ...SIZES, z: 2 } });
    const short = await run(...sources, `${folder}/short`);
    assert.equal(short.code, 2);
    assert.match(short.stderr, /a\.tif teaches nothing/);
    assert.match(short.stderr, /in 4 folders; a map needs 5 at least/);
  }));
