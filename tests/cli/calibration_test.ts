import assert from "assert";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { formulaModelFile, PLAIN_MAP, SMALL_WIDTHS } from "../support/formula_model.ts";
import { readStack, writeStack } from "../support/stacks.ts";

const MODEL = formulaModelFile("zaugnet", SMALL_WIDTHS, PLAIN_MAP);
const BARE = formulaModelFile("zaugnet");

async function samplesOf(path: string): Promise<unknown[]> {
  const { info: { sizes: { t, c, z } }, readSlice } = await readStack(path);
  const slices = [];
  for (let n = 0; n < t * c * z; n++) {
    slices.push(await readSlice(Math.floor(n / (c * z)), n % c, Math.floor(n / c) % z));
  }
  return slices;
}

Deno.test("a calibrated prediction is the same on one worker, on two and in shards; off is bare", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`, { sizes: { t: 2, c: 2, z: 5, y: 40, x: 72 } });
    const predict = async (name: string, model: string, ...more: string[]) => {
      const output = `${folder}/${name}`;
      const result = await runCli("predict", `${folder}/a.tif`, "-m", model, "-o", output, ...more);
      assert.equal(result.code, 0, result.stderr);
      return { ...result, output };
    };
    const one = await predict("one.tif", MODEL);
    const { extras } = (await readStack(one.output)).info;
    assert.equal(extras?.["zaugnet.calibration"], "bands, 6 gaps of the stack");
    const expected = await samplesOf(one.output);

    const two = await predict("two.tif", MODEL, "--adapters", "0", "--workers-per-adapter", "2");
    assert.deepEqual(await samplesOf(two.output), expected, "two workers");

    await predict("parts/", MODEL, "--shard", "0/2");
    await predict("parts/", MODEL, "--shard", "1/2");
    const merged = await runCli("merge", `${folder}/parts`, "-o", `${folder}/merged.tif`);
    assert.equal(merged.code, 0, merged.stderr);
    assert.deepEqual(await samplesOf(`${folder}/merged.tif`), expected, "shards");

    const off = await predict("off.tif", MODEL, "--calibration", "off");
    const bare = await predict("bare.tif", BARE);
    assert.notDeepEqual(await samplesOf(off.output), expected);
    assert.deepEqual(await samplesOf(off.output), await samplesOf(bare.output), "off");
    assert.match(bare.stderr, /Note: a.tif: The model carries no calibration map/);
    assert.ok(!/calibration/.test(off.stderr + one.stderr));

    const same = ["-m", MODEL, "-o", one.output, "--resume", "--dry-run"];
    assert.match((await runCli("predict", `${folder}/a.tif`, ...same)).stdout, /whole already/);
    const other = await runCli("predict", `${folder}/a.tif`, ...same, "--calibration", "off");
    assert.match(other.stdout, /would be written/);
  }));
