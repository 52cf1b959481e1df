import assert from "assert";
import { testAdapter } from "../support/adapter.ts";
import { inTemporaryFolder, runCli, runCliWithCache } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { readStack, writeStack } from "../support/stacks.ts";
import { withSwiftShader } from "../support/swiftshader.ts";
import { tuneFor, tuningIn } from "../support/tuning.ts";

const model = formulaModelFile("zaugnet");
const adapter = await testAdapter();
const ignore = !adapter.features.includes("shader-f16");
const HALF = /^Adapter: .*; features in half precision \(f16\)$/m;

async function succeeds(run: ReturnType<typeof runCli>) {
  const result = await run;
  assert.equal(result.code, 0, result.stderr);
  return result;
}

/** A stack in a folder, and its prediction in a file there. */
async function prepared(folder: string) {
  const stack = `${folder}/s.tif`;
  await writeStack(stack, { sampleType: "float32", sizes: { z: 3, y: 32, x: 32 } });
  return (output: string, ...args: string[]) =>
    runCliWithCache(folder, "predict", stack, "-m", model, "-o", `${folder}/${output}`, ...args);
}

/** What an output says of its precision. */
async function precisionOf(path: string): Promise<string | undefined> {
  return (await readStack(path)).info.extras?.["zaugnet.precision"];
}

Deno.test({
  name: "predict in f16 says so with the adapter and in the metadata, and answers almost the same",
  ignore,
  fn: () =>
    inTemporaryFolder(async (folder) => {
      const predict = await prepared(folder);
      assert.doesNotMatch((await succeeds(predict("usual.tif"))).stderr, /half precision/);
      assert.match((await succeeds(predict("half.tif", "--precision", "f16"))).stderr, HALF);
      const [usual, half] = ["usual", "half"].map((name) => `${folder}/${name}.tif`);
      assert.deepEqual([await precisionOf(usual), await precisionOf(half)], ["f32", "f16"]);
      const [a, b] = await Promise.all(
        [usual, half].map(async (path) => await (await readStack(path)).readSlice(0, 0, 1)),
      );
      const range = Math.max(...a) - Math.min(...a);
      const worst = Math.max(...a.map((value, i) => Math.abs(value - b[i])));
      // Random weights make more of rounding than trained ones.
      assert.ok(worst > 0 && worst < 0.01 * range, `${worst} of ${range}`);
    }),
});

Deno.test({
  name: "predict --resume makes a stack anew that was predicted in another precision",
  ignore,
  fn: () =>
    inTemporaryFolder(async (folder) => {
      const predict = await prepared(folder);
      await succeeds(predict("out.tif", "--precision", "f16"));
      const again = await succeeds(predict("out.tif", "--precision", "f16", "--resume"));
      assert.match(again.stdout, /is whole already/);
      assert.doesNotMatch((await succeeds(predict("out.tif", "--resume"))).stdout, /is whole/);
      assert.equal(await precisionOf(`${folder}/out.tif`), "f32");
    }),
});

Deno.test({
  name: "shards in f16 merge to the bytes of one run, and with a shard in f32 not at all",
  ignore,
  fn: () =>
    inTemporaryFolder(async (folder) => {
      const predict = await prepared(folder);
      const merge = () =>
        runCli("merge", `${folder}/parts`, `${folder}/more`, "-o", `${folder}/merged.tif`);
      await succeeds(predict("whole.tif", "--precision", "f16"));
      await succeeds(predict("parts/", "--shard", "0/2", "--precision", "f16"));
      await succeeds(predict("more/", "--shard", "1/2"));
      const mixed = await merge();
      assert.equal(mixed.code, 2);
      assert.match(
        mixed.stderr,
        /do not belong together: their precision \(f\d\d, f\d\d\) differs/,
      );
      await succeeds(predict("more/", "--shard", "1/2", "--precision", "f16"));
      await succeeds(merge());
      const [one, merged] = ["whole", "merged"].map((name) =>
        Deno.readFileSync(`${folder}/${name}.tif`)
      );
      assert.deepEqual(merged, one);
    }),
});

Deno.test({
  name: "auto takes f16 where tuning found it faster, with workers, too, but not for shards",
  ignore,
  fn: () =>
    inTemporaryFolder(async (folder) => {
      const predict = await prepared(folder);
      const tuning = await tuneFor(32, folder);
      const tuned = async (f32: number, f16: number) =>
        await Deno.writeTextFile(
          tuningIn(folder),
          JSON.stringify({ ...tuning, passes: { f32, f16 } }),
        );
      await tuned(100, 99);
      assert.doesNotMatch((await succeeds(predict("out.tif"))).stderr, HALF);
      await tuned(100, 90);
      assert.match((await succeeds(predict("one.tif"))).stderr, HALF);
      const workers = ["--adapter", "0", "--workers-per-adapter", "2"];
      assert.match((await succeeds(predict("two.tif", ...workers))).stderr, /half precision/);
      const [one, two] = ["one", "two"].map((name) => Deno.readFileSync(`${folder}/${name}.tif`));
      assert.deepEqual(two, one);
      const f32 = await succeeds(predict("f32.tif", "--precision", "f32"));
      assert.doesNotMatch(f32.stderr, /half precision/);
      const shard = await succeeds(predict("parts/", "--shard", "0/2"));
      assert.doesNotMatch(shard.stderr, /half precision/);
    }),
});

Deno.test({
  name: "evaluate in f16 says so in its scores",
  ignore,
  fn: () =>
    inTemporaryFolder(async (folder) => {
      await prepared(folder);
      const args = [`${folder}/s.tif`, "-m", model, "--no-flow", "--precision", "f16", "--json"];
      const { stdout, stderr } = await succeeds(runCli("evaluate", ...args));
      assert.match(stderr, HALF);
      assert.equal(JSON.parse(stdout).precision, "f16");
    }),
});

withSwiftShader(
  "an adapter without shader-f16 refuses f16 with one sentence, and auto is f32",
  () =>
    inTemporaryFolder(async (folder) => {
      const predict = await prepared(folder);
      const here = ["--adapter", "SwiftShader"];
      const refused = await predict("half.tif", ...here, "--precision", "f16");
      assert.deepEqual([refused.code, refused.stdout], [2, ""]);
      assert.match(refused.stderr, /^error: .*SwiftShader.* has no shader-f16.*$/m);
      await succeeds(predict("usual.tif", ...here));
      assert.equal(await precisionOf(`${folder}/usual.tif`), "f32");
    }),
);
