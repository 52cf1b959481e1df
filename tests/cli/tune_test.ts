import assert from "assert";
import { keepTuning, type Tuning } from "../../src/files/tuning.ts";
import { PAPER_WIDTHS } from "../../src/zaugnet/widths.ts";
import { inTemporaryFolder, runCliWithCache } from "../support/cli.ts";
import { testAdapter } from "../support/adapter.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { readStack, writeStack } from "../support/stacks.ts";
import { tuneFor, tuningIn } from "../support/tuning.ts";

const model = formulaModelFile("zaugnet", PAPER_WIDTHS.generator);
const adapter = await testAdapter();
const DAMAGED = "damaged or not to be read";

async function succeeds(run: ReturnType<typeof runCliWithCache>) {
  const result = await run;
  assert.equal(result.code, 0, result.stderr);
  return result;
}

/** A stack of slices of 32 x 32, and its prediction in a file of some name. */
async function prepared(folder: string) {
  const stack = `${folder}/s.tif`;
  const sizes = { z: 3, y: 32, x: 32 };
  await writeStack(stack, { sampleType: "float32", sizes });
  const predict = async (output: string, ...args: string[]) =>
    await succeeds(
      runCliWithCache(folder, "predict", stack, "-m", model, "-o", `${folder}/${output}`, ...args),
    );
  return predict;
}

Deno.test({
  name: "predict uses a tuning, says so on a line and in the metadata, and answers the same",
  fn: () =>
    inTemporaryFolder(async (folder) => {
      const predict = await prepared(folder);
      assert.doesNotMatch((await predict("rules.tif")).stderr, /Kernels/);
      await tuneFor(32, folder);
      const { stderr } = await predict("tuned.tif");
      assert.match(
        stderr,
        /^Kernels as tuned on \d{4}-\d\d-\d\d; tune with --forget to go back\.$/m,
      );
      const [rules, tuned] = await Promise.all(
        ["rules", "tuned"].map((name) => readStack(`${folder}/${name}.tif`)),
      );
      assert.equal(rules.info.extras?.["zaugnet.kernels"], undefined);
      assert.match(tuned.info.extras?.["zaugnet.kernels"] ?? "", /^[0-9a-f]{16}$/);
      for (let z = 0; z < 5; z++) {
        const [a, b] = [await rules.readSlice(0, 0, z), await tuned.readSlice(0, 0, z)];
        a.forEach((value, i) => assert.ok(Math.abs(value - b[i]) < 1e-4, `${value}, ${b[i]}`));
      }
      const again = await predict("rules.tif", "--resume");
      assert.match(again.stdout, /is whole already/);
    }),
});

Deno.test("workers of equal adapters take equal kernels: the bits are those of one", () =>
  inTemporaryFolder(async (folder) => {
    const predict = await prepared(folder);
    await tuneFor(32, folder);
    await predict("one.tif");
    await predict("two.tif", "--adapter", "0", "--workers-per-adapter", "2");
    const [one, two] = ["one", "two"].map((name) => Deno.readFileSync(`${folder}/${name}.tif`));
    assert.deepEqual(two, one);
  }));

Deno.test("shards keep to the rules, so that machines tuned otherwise merge to the same bits", () =>
  inTemporaryFolder(async (folder) => {
    const predict = await prepared(folder);
    await predict("parts/", "--shard", "0/2");
    await tuneFor(32, folder);
    assert.doesNotMatch((await predict("parts/", "--shard", "1/2")).stderr, /Kernels/);
    await succeeds(
      runCliWithCache(folder, "merge", `${folder}/parts`, "-o", `${folder}/merged.tif`),
    );
    await Deno.remove(tuningIn(folder));
    await predict("whole.tif");
    const [one, merged] = ["whole", "merged"].map((name) =>
      Deno.readFileSync(`${folder}/${name}.tif`)
    );
    assert.deepEqual(merged, one);
  }));

Deno.test("a tuning of another version or adapter, or a damaged one, is not used, and a line says so", () =>
  inTemporaryFolder(async (folder) => {
    const predict = await prepared(folder);
    const whole = await tuneFor(32, folder);
    const unused = async (text: string, reason: string) => {
      await Deno.writeTextFile(tuningIn(folder), text);
      const { stderr } = await predict("out.tif");
      assert.doesNotMatch(stderr, /Kernels as tuned/);
      const note = `Note: ${tuningIn(folder)} is ${reason}, and not used: ` +
        "tune the adapter again.";
      assert.ok(stderr.split("\n").includes(note), stderr);
    };
    await unused(JSON.stringify({ ...whole, version: "0.0.1" }), "of version 0.0.1");
    const other = { ...adapter, gpuAdapter: undefined, features: ["shader-f16"] };
    await unused(JSON.stringify({ ...whole, adapter: other }), "of another adapter or driver");
    await unused(JSON.stringify(whole).slice(0, 500), DAMAGED);
    await unused(JSON.stringify({ ...whole, convolutions: [{ name: "3x3" }] }), DAMAGED);
    await Deno.remove(tuningIn(folder));
    await Deno.mkdir(tuningIn(folder));
    assert.match((await predict("out.tif")).stderr, new RegExp(`is ${DAMAGED}, and not used`));
  }));

Deno.test({
  name: "tune keeps what it measured, --show shows it and --forget removes it",
  ignore: !adapter.features.includes("timestamp-query"),
  fn: () =>
    inTemporaryFolder(async (folder) => {
      const tuneCli = (...args: string[]) => runCliWithCache(folder, "tune", ...args);
      const early = await tuneCli("--show");
      assert.deepEqual([early.code, early.stdout], [2, ""]);
      assert.match(early.stderr, /was not tuned/);
      const { stdout } = await succeeds(tuneCli("--tile", "16", "--json"));
      const measured: Tuning = JSON.parse(stdout);
      assert.deepEqual(measured.tiles, [16]);
      assert.equal(measured.adapter.name, adapter.name);
      const hasPasses = adapter.type === "gpu" && adapter.features.includes("shader-f16");
      assert.equal(measured.passes !== undefined, hasPasses);
      assert.deepEqual(JSON.parse(await Deno.readTextFile(tuningIn(folder))), measured);
      const shown = await succeeds(tuneCli("--show"));
      assert.match(shown.stdout, /^\d+ of \d+ convolutions \(tiles of 16\) are clearly faster/m);
      assert.ok(!measured.passes || /--precision auto takes f(16|32)\.$/m.test(shown.stdout));
      await succeeds(tuneCli("--forget"));
      await assert.rejects(Deno.stat(tuningIn(folder)));
      assert.match((await succeeds(tuneCli("--forget"))).stderr, /There is no tuning of/);
    }),
});

Deno.test("tuning for tiles of another side adds to what is kept", () =>
  inTemporaryFolder(async (folder) => {
    const before = await tuneFor(32, folder);
    const [first] = before.convolutions;
    const measured = [{ ...first, kernel: first.rule }, { ...first, name: "another" }];
    const after = await keepTuning(
      tuningIn(folder),
      adapter,
      { tiles: [16], convolutions: measured },
      before,
    );
    assert.deepEqual(after.tiles, [16, 32]);
    assert.equal(after.convolutions.length, before.convolutions.length + 1);
    assert.equal(after.convolutions.find(({ name }) => name === first.name)?.kernel, first.rule);
  }));
