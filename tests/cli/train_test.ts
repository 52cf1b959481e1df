import assert from "assert";
import { readModel } from "../../src/core.ts";
import { inTemporaryFolder, runCli, runCliOnFullDisk, startCli } from "../support/cli.ts";
import { assertSameTensors } from "../support/assert_same_tensors.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { writeStack } from "../support/stacks.ts";

/** Small and short: patches of 64, one in a batch, no critic. */
const SMALL = ["--patch-size", "64", "--batch-size", "1", "--lambda-adv", "0"];
/** The same with a small network. */
const QUICK = [...SMALL, "--init", formulaModelFile("zaugnet")];
const SIDES = { y: 64, x: 72 };

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
const bytes = (path: string) => Deno.readFileSync(path);

function metrics(folder: string): { kind: string; step: number }[] {
  const lines = Deno.readTextFileSync(`${folder}/metrics.jsonl`).trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line));
}

/** Waits until a file is there, as long as a process runs. */
async function appears(path: string, child: Deno.ChildProcess): Promise<void> {
  let ended = false;
  child.status.then(() => ended = true);
  while (!ended && !await Deno.stat(path).then(() => true, () => false)) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

Deno.test("zaugnet train ends in the same bits whether it was killed and resumed or not", () =>
  inTemporaryFolder(async (folder) => {
    const stack = `${folder}/stack.tif`;
    await writeStack(stack, { sizes: { z: 8, ...SIDES } });
    const args = [stack, ...QUICK, "--max-steps", "4", "--checkpoint-steps", "1"];

    const whole = await runCli("train", ...args, "-o", `${folder}/whole`);
    assert.equal(whole.code, 0, whole.stderr);
    assert.match(whole.stderr, /ZAugNet +[\d.]+ +[\d.]+.*\n +linear .*\n +cubic/);

    const child = startCli(["train", ...args, "-o", `${folder}/killed`]);
    await appears(`${folder}/killed/checkpoints/step-000001.safetensors`, child);
    child.kill("SIGKILL");
    await child.output();
    // As if the power had failed while a line was written.
    Deno.writeTextFileSync(`${folder}/killed/metrics.jsonl`, '{"kind":"st', { append: true });
    const resumed = await runCli("train", "--resume", `${folder}/killed`);
    assert.equal(resumed.code, 0, resumed.stderr);

    for (const name of ["model.safetensors", "best.safetensors"]) {
      assert.deepEqual(bytes(`${folder}/killed/${name}`), bytes(`${folder}/whole/${name}`), name);
    }
    const done = metrics(`${folder}/killed`).map(({ kind, step }) => `${kind} ${step}`);
    assert.deepEqual(done, ["step 1", "step 2", "step 3", "epoch 3", "step 4"]);
    assert.deepEqual(names(`${folder}/whole`), [
      ...["best.safetensors", "checkpoints", "config.json", "curves.svg", "metrics.jsonl"],
      ...["model.safetensors", "validation-1.png"],
    ]);
    assert.equal(names(`${folder}/whole/checkpoints`).length, 2);
    const model = readModel(bytes(`${folder}/whole/model.safetensors`), "model.safetensors");
    assert.deepEqual([model.variant, model.hasTeacher], ["zaugnet", true]);

    await writeStack(stack, { sizes: { z: 9, ...SIDES } });
    const other = await runCli("train", "--resume", `${folder}/whole`, "--max-steps", "9");
    assert.equal(other.code, 2);
    assert.match(other.stderr, /error: The stacks are not those that .*whole was started with/);
  }));

Deno.test("zaugnet train reaches the same weights on two replicas as on one adapter", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/stack.tif`, { sizes: { z: 8, ...SIDES } });
    const args = [`${folder}/stack.tif`, ...QUICK, "--batch-size", "2", "--max-steps", "2"];
    const weights = async (name: string, ...flags: string[]) => {
      const { code, stderr } = await runCli("train", ...args, "-o", `${folder}/${name}`, ...flags);
      assert.equal(code, 0, stderr);
      const file = `${folder}/${name}/model.safetensors`;
      return { stderr, weights: readModel(bytes(file), file).weights };
    };
    const one = await weights("one", "--adapter", "llvmpipe");
    const two = await weights("two", "--adapters", "llvmpipe", "--workers-per-adapter", "2");
    assert.match(two.stderr, /^Adapters: 2 x llvmpipe/m);
    assertSameTensors(two.weights, one.weights);
  }));

Deno.test("zaugnet train saves when it is interrupted, and says how to go on", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/stack.tif`, { sizes: { z: 8, ...SIDES } });
    const run = `${folder}/run`;
    const child = startCli(["train", `${folder}/stack.tif`, ...SMALL, "-o", run]);
    await appears(`${run}/config.json`, child);
    child.kill("SIGINT");
    const { code, stderr } = await child.output();
    const said = new TextDecoder().decode(stderr);
    assert.equal(code, 130, said);
    assert.match(said, /Interrupted after step 1\. Go on with: zaugnet train --resume .*run/);
    assert.deepEqual(names(`${run}/checkpoints`), [
      ...["step-000000.safetensors", "step-000001.safetensors"],
    ]);
  }));

Deno.test("a full disk ends zaugnet train with one sentence, and the run continues from before", () =>
  inTemporaryFolder(async (folder) => {
    const run = `${folder}/run`;
    await writeStack(`${folder}/stack.tif`, { sizes: { z: 8, ...SIDES } });
    const begun = await runCli(
      "train",
      `${folder}/stack.tif`,
      ...QUICK,
      "--max-steps",
      "1",
      "-o",
      run,
    );
    assert.equal(begun.code, 0, begun.stderr);
    const before = bytes(`${run}/checkpoints/step-000001.safetensors`);

    const { code, stderr } = await runCliOnFullDisk("train", "--resume", run, "--max-steps", "2");
    assert.equal(code, 2, stderr);
    assert.match(stderr, /^error: .*run\/.* can't be read or written: File too large .*\.$/m);
    assert.deepEqual(bytes(`${run}/checkpoints/step-000001.safetensors`), before);

    const resumed = await runCli("train", "--resume", run, "--max-steps", "2");
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.match(resumed.stderr, /Going on from step 1\./);
  }));

Deno.test("zaugnet train takes stacks of several sample types, and says that each is normalised alone", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`, { sizes: { z: 4, ...SIDES }, sampleType: "uint8" });
    await writeStack(`${folder}/b.tif`, { sizes: { z: 4, ...SIDES }, sampleType: "uint16" });
    const limits = ["--max-steps", "1", "--validation", "none", "-o", `${folder}/run`];
    const { code, stderr } = await runCli(
      "train",
      `${folder}/a.tif`,
      `${folder}/b.tif`,
      ...SMALL,
      ...limits,
    );
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /The stacks hold uint8 and uint16 samples; each is normalised by itself\./,
    );
  }));

Deno.test("zaugnet train stops when it diverges, and keeps the last good state", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/stack.tif`, { sizes: { z: 8, ...SIDES } });
    const run = `${folder}/run`;
    const { code, stderr } = await runCli(
      ...["train", `${folder}/stack.tif`, ...QUICK, "-o", run, "--validation", "none"],
      ...["--learning-rate", "1e30", "--checkpoint-steps", "1"],
    );
    assert.equal(code, 2, stderr);
    assert.match(stderr, /Step 2 was skipped: the generator's loss is NaN\./);
    assert.match(stderr, /error: Training was stopped: 10 steps in a row .* of step 0, is kept/);
    assert.deepEqual(names(`${run}/checkpoints`), ["step-000000.safetensors"]);
    readModel(bytes(`${run}/model.safetensors`), "model.safetensors");
  }));

Deno.test("zaugnet train names the flag to lower when the memory is used up", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/stack.tif`, { sizes: { z: 8, ...SIDES } });
    const { code, stderr } = await runCli(
      ...["train", `${folder}/stack.tif`, ...SMALL, "-o", `${folder}/run`, "--memory", "280M"],
    );
    assert.equal(code, 2, stderr);
    assert.match(stderr, /WARNING: that may be too little memory: lower --patch-size/);
    assert.match(stderr, /error: The device's memory is used up: lower --patch-size \(64 now\)\./);
  }));

/** `@` is a folder with stacks: good.tif, two.tif, zeros.tif, and an old run. */
function refuses(what: string, args: string, sentence: RegExp) {
  Deno.test(`zaugnet train refuses ${what} with one sentence, exit code 2 and no run`, () =>
    inTemporaryFolder(async (folder) => {
      await writeStack(`${folder}/good.tif`, { sizes: { z: 8, ...SIDES } });
      await writeStack(`${folder}/two.tif`, { sizes: { z: 2, ...SIDES } });
      const zeros = () => new Uint8Array(SIDES.x * SIDES.y);
      await writeStack(`${folder}/zeros.tif`, { sizes: { z: 4, ...SIDES } }, zeros);
      await Deno.mkdir(`${folder}/old`);
      await Deno.mkdir(`${folder}/models`);
      await Deno.writeTextFile(`${folder}/models/model.safetensors`, "precious");
      await Deno.writeTextFile(`${folder}/old/config.json`, "{}");
      const words = args.replaceAll("@", folder).split(" ");
      const { code, stderr } = await runCli("train", ...words);
      assert.match(stderr, sentence);
      assert.equal(code, 2, stderr);
      assert.equal(stderr.match(/^error: /gm)?.length, 1, stderr);
      assert.doesNotMatch(stderr, /\n {4}at /, "no trace of the program");
      assert.deepEqual(names(folder), ["good.tif", "models", "old", "two.tif", "zeros.tif"]);
      assert.deepEqual(names(`${folder}/old`), ["config.json"]);
    }));
}

const small = SMALL.join(" ");

refuses("a stack that is missing", `@/no.tif -o @/run ${small}`, /There is no file .*no\.tif/);
refuses("a stack of two slices", `@/two.tif -o @/run ${small}`, /two\.tif has 2 slices/);
refuses("a stack of zeros", `@/zeros.tif -o @/run ${small}`, /zeros\.tif holds 0 everywhere/);
refuses(
  "patches larger than the image",
  "@/good.tif -o @/run",
  /too small for patches of 256 x 256: take --patch-size 64/,
);
refuses(
  "a critic on small patches",
  "@/good.tif -o @/run --patch-size 64 --lambda-adv 0.001",
  /critic needs patches of at least 256 pixels, not 64/,
);
refuses("a folder that holds a run", `@/good.tif -o @/old ${small}`, /already holds a run/);
refuses(
  "to replace a model",
  `@/good.tif -o @/models ${small}`,
  /model\.safetensors would be repl/,
);
refuses("to resume what is not a run", "--resume @", /holds no training run/);
refuses(
  "to resume with other settings",
  "@/good.tif --resume @/old --learning-rate 1",
  /leave out stacks, --learning-rate; only its limits can be changed/,
);
refuses("no output", "@/good.tif", /--output FOLDER/);
