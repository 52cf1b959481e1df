import assert from "assert";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { shared } from "../support/shared.ts";
import { waves, writeStack } from "../support/stacks.ts";

const MODEL = formulaModelFile("zaugnet");
const cases = shared("cases");
const HOW = ["-m", MODEL, "--no-flow"];

Deno.test({
  name: "evaluate of a stack that stands still has finite means and says what has no score",
  ignore: cases === undefined,
  fn: () =>
    inTemporaryFolder(async (folder) => {
      await writeStack(`${folder}/waves.tif`, { sizes: { z: 5, y: 32, x: 32 } });
      const stacks = [`${cases}/identical.tif`, `${folder}/waves.tif`];
      const { code, stdout, stderr } = await runCli("evaluate", ...stacks, ...HOW, "--json");
      assert.equal(code, 0, stderr);
      assert.match(stderr, /without any error have no PSNR .*linear 3/);
      const { summary, stacks: scored } = JSON.parse(stdout);
      assert.ok(Number.isFinite(summary.linear.psnr.mean));
      assert.equal(scored[0].gain, null);
      const text = await runCli("evaluate", ...stacks, ...HOW);
      assert.doesNotMatch(text.stdout, /Infinity|NaN/);
    }),
});

Deno.test("evaluate counts slices, channels and frames from 1, both ends of a run included", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`, { sizes: { t: 2, c: 2, z: 9, y: 32, x: 32 } });
    const how = ["evaluate", `${folder}/a.tif`, ...HOW, "--slices", "3..7"];
    const { code, stdout, stderr } = await runCli(...how, "--json", "--csv", `${folder}/a.csv`);
    assert.equal(code, 0, stderr);
    const [{ first, last, slices }] = JSON.parse(stdout).stacks;
    assert.deepEqual([first, last], [3, 7]);
    const named = new Set(
      slices.map(({ t, c, z }: Record<"t" | "c" | "z", number>) => `${t}${c}${z}`),
    );
    assert.deepEqual([...named].sort(), ["114", "116", "124", "126", "214", "216", "224", "226"]);
    const [header, line] = (await Deno.readTextFile(`${folder}/a.csv`)).split("\n");
    assert.match(header, /^stack,factor,t,c,z,/);
    assert.match(line, /^"a\.tif",2,1,1,4,/);
    assert.match((await runCli(...how)).stdout, /slices 3 to 7 /);
    const wrong = await runCli("evaluate", `${folder}/a.tif`, ...HOW, "--slices", "5..10");
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /--slices 5\.\.10 must lie within the slices 1\.\.9 of a\.tif/);
  }));

Deno.test("evaluate reads the stack as the user says, each channel with a range of its own", () =>
  inTemporaryFolder(async (folder) => {
    const sizes = { t: 1, c: 2, z: 5, y: 32, x: 32 };
    const slice = waves("uint16", sizes);
    await writeStack(`${folder}/both.tif`, { sampleType: "uint16", sizes });
    await writeStack(
      `${folder}/second.tif`,
      { sampleType: "uint16", sizes: { ...sizes, c: 1 } },
      (t, _c, z) => slice(t, 1, z),
    );
    const scoresOf = async (...args: string[]) => {
      const { code, stdout, stderr } = await runCli("evaluate", ...args, ...HOW, "--json");
      assert.equal(code, 0, stderr);
      const [{ scores, normalization }] = JSON.parse(stdout).stacks;
      return { scores, normalization };
    };
    const chosen = await scoresOf(`${folder}/both.tif`, "--channels", "2");
    assert.deepEqual(chosen, await scoresOf(`${folder}/second.tif`));
    const { normalization } = await scoresOf(`${folder}/both.tif`);
    assert.equal(normalization.normalization_per, "channel");
  }));
