import assert from "assert";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { readStack, writeStack } from "../support/stacks.ts";
import { withSwiftShader } from "../support/swiftshader.ts";

const model = formulaModelFile("zaugnet");

/** Predicts a stack of three slices, one tile in a batch, and checks that it worked. */
async function predict(folder: string, name: string, ...flags: string[]) {
  const output = `${folder}/${name}.tif`;
  const args = [`${folder}/s.tif`, "--model", model, "--batch-size", "1", "--output", output];
  const { code, stderr } = await runCli("predict", ...args, ...flags);
  assert.equal(code, 0, stderr);
  return { output, stderr };
}

Deno.test("predict with two workers on one adapter writes what one writes, to the byte", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/s.tif`, { sizes: { t: 2 } });
    const one = await predict(folder, "one", "--adapter", "llvmpipe");
    const two = await predict(folder, "two", "--adapters", "0", "--workers-per-adapter", "2");
    assert.match(two.stderr, /^Adapters: 2 x llvmpipe/m);
    assert.deepEqual(Deno.readFileSync(two.output), Deno.readFileSync(one.output));
  }));

withSwiftShader(
  "predict --adapters all uses both software adapters, within a grey level of one",
  () =>
    inTemporaryFolder(async (folder) => {
      await writeStack(`${folder}/s.tif`);
      const one = await predict(folder, "one", "--adapter", "llvmpipe");
      const both = await predict(folder, "both", "--adapters", "all");
      assert.match(both.stderr, /^Adapters: llvmpipe .*, SwiftShader/m);
      const [a, b] = await Promise.all([one, both].map(({ output }) => readStack(output)));
      for (let z = 0; z < 5; z++) {
        const [x, y] = [await a.readSlice(0, 0, z), await b.readSlice(0, 0, z)];
        assert.ok(x.every((value, i) => Math.abs(value - y[i]) <= 1), `slice ${z}`);
      }
    }),
);

Deno.test("predict refuses an adapter list that names none, and --adapter beside it", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/s.tif`);
    const args = [`${folder}/s.tif`, "--model", model, "--output", `${folder}/o.tif`];
    for (
      const [flags, message] of [
        [["--adapters", "0,tpu"], /^error: There is no adapter tpu; there are 0 \(/m],
        [["--adapters", "all", "--adapter", "0"], /cannot be used with option '--adapters/],
      ] as const
    ) {
      const { code, stderr } = await runCli("predict", ...args, ...flags);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
  }));
