import assert from "assert";
import { METHODS } from "../../src/core.ts";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { readStack, writeStack } from "../support/stacks.ts";

Deno.test("predict --method needs no model and makes any factor, originals as they were", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`, { sizes: { z: 4, y: 16, x: 20 } });
    const original = await readStack(`${folder}/a.tif`);
    for (const method of METHODS) {
      const output = `${folder}/${method}.tif`;
      const args = ["predict", `${folder}/a.tif`, "-o", output, "--method", method, "-f", "3"];
      const result = await runCli(...args);
      assert.equal(result.code, 0, result.stderr);
      assert.doesNotMatch(result.stderr, /Model:/);
      const { info, readSlice } = await readStack(output);
      assert.equal(info.sizes.z, 10);
      assert.equal(info.extras?.["zaugnet.method"], method);
      for (const z of [0, 1, 2, 3]) {
        assert.deepEqual(await readSlice(0, 0, 3 * z), await original.readSlice(0, 0, z));
      }
    }
    const linear = await readStack(`${folder}/linear.tif`);
    const [below, above] = [await original.readSlice(0, 0, 1), await original.readSlice(0, 0, 2)];
    (await linear.readSlice(0, 0, 4)).forEach((value, i) => {
      assert.ok(Math.abs(value - (2 * below[i] + above[i]) / 3) <= 0.5 + 1e-3);
    });
  }));

Deno.test("predict --method and a model, or what only a network has, are refused together", async () => {
  for (const other of ["--model=m.pt", "--uncertainty", "--calibration=off", "--adapter=0"]) {
    const { code, stderr } = await runCli(
      "predict",
      "a.tif",
      "-o",
      "b.tif",
      "--method",
      "cubic",
      other,
    );
    assert.equal(code, 2);
    assert.match(
      stderr,
      new RegExp(`--method.*${other.split("=")[0]}|${other.split("=")[0]}.*--method`),
    );
  }
});

Deno.test("predict --method reads the stack as it is told to", () =>
  inTemporaryFolder(async (folder) => {
    const [input, output] = [`${folder}/a.tif`, `${folder}/b.tif`];
    await writeStack(input, { sizes: { c: 2, z: 3, y: 16, x: 20 } });
    const flags = ["--channels", "2", "--method", "linear"];
    const { code, stderr } = await runCli("predict", input, "-o", output, ...flags);
    assert.equal(code, 0, stderr);
    const { info, readSlice } = await readStack(output);
    assert.deepEqual([info.sizes.c, info.sizes.z], [1, 5]);
    const original = await readStack(input);
    assert.deepEqual(await readSlice(0, 0, 2), await original.readSlice(0, 1, 1));
  }));
