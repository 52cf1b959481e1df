import { PAPER_WIDTHS } from "../../src/zaugnet/widths.ts";
import assert from "assert";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { shared } from "../support/shared.ts";
import { readStack, writeStack } from "../support/stacks.ts";

/** Runs a command that succeeds and answers its JSON. */
async function json(...args: string[]) {
  const { code, stdout, stderr } = await runCli(...args, "--json");
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

const manifest = shared("tiffs/manifest.json");
for (
  const name of [
    "ij_tzcyx_uint16.tif",
    "ome_tczyx_uint16.ome.tif",
    "rgb_planar_u8.tif",
    "packed12bit_u16.tif",
    "dtype_float64.tif",
  ]
) {
  Deno.test({
    name: `info says the digest of ${name} that its maker stated`,
    ignore: !manifest,
    async fn() {
      const entries = JSON.parse(await Deno.readTextFile(manifest!));
      const { sha } = entries.find(({ file }: { file: string }) => file === name);
      const { sha256 } = await json("info", shared(`tiffs/${name}`)!);
      assert.equal(sha256.slice(0, 16), sha);
    },
  });
}

Deno.test("info says what a stack is, in lines and as JSON", () =>
  inTemporaryFolder(async (folder) => {
    const path = `${folder}/a.tif`;
    await writeStack(path, { sizes: { t: 2, c: 3 }, extras: { "zaugnet.model": "m.pt" } });
    const facts = await json("info", path);
    assert.deepEqual(facts.shape, [2, 3, 3, 32, 48]);
    assert.equal(facts.kind, "stack");
    assert.equal(facts.dtype, "uint8");
    assert.equal(facts.voxelSize.z, 0.5);
    assert.deepEqual(facts.extras, { "zaugnet.model": "m.pt" });
    const { stdout } = await runCli("info", path);
    assert.match(stdout, /^shape: 2, 3, 3, 32, 48$/m);
    assert.match(stdout, /^voxelSize: z 0\.5, y 0\.25, x 0\.25, unit micron$/m);
    assert.match(stdout, /^zaugnet\.model: m\.pt$/m);
  }));

Deno.test("info says what a model is", async () => {
  const { kind, variant, parameters, teacher } = await json(
    "info",
    formulaModelFile("zaugnet+", PAPER_WIDTHS.generator),
  );
  const facts = { kind, variant, parameters, teacher };
  assert.deepEqual(facts, {
    kind: "model",
    variant: "zaugnet+",
    parameters: 10_057_868,
    teacher: false,
  });
});

Deno.test("adapters lists the adapters, one of which can be chosen", async () => {
  const [first] = await json("adapters");
  assert.equal(first.index, 0);
  assert.ok(first.name.length > 0 && first.maxBindingSize > 0 && first.features.length > 0);
  assert.ok(["gpu", "software"].includes(first.type));
  const { stdout } = await runCli("adapters");
  assert.ok(stdout.startsWith(`0: ${first.name}`));
});

/** The slice that a model predicts between two, and what `info` says of the model. */
async function predicted(folder: string, model: string) {
  const [input, output] = [`${folder}/in.tif`, `${folder}/out.tif`];
  await writeStack(input, { sizes: { z: 2 } });
  const { code, stderr } = await runCli("predict", input, "--model", model, "--output", output);
  assert.equal(code, 0, stderr);
  return await (await readStack(output)).readSlice(0, 0, 1);
}

const checkpoint = shared("model/reference.pt");
Deno.test({
  name: "convert turns a .pt into safetensors that predict the same, at half the size nearly so",
  ignore: !checkpoint,
  fn: () =>
    inTemporaryFolder(async (folder) => {
      const [full, half] = [`${folder}/full.safetensors`, `${folder}/half.safetensors`];
      const made = await runCli("convert", checkpoint!, full);
      assert.match(made.stdout, /full\.safetensors: zaugnet, 40\.8 MiB\./);
      await runCli("convert", checkpoint!, half, "--f16", "--no-teacher");
      assert.ok((await Deno.stat(half)).size < 20.2e6);

      const expected = await predicted(folder, checkpoint!);
      assert.deepEqual(await predicted(folder, full), expected);
      const rounded = await predicted(folder, half);
      const worst = Math.max(...rounded.map((value, i) => Math.abs(value - expected[i])));
      assert.ok(worst <= 1, `${worst} grey levels`);
    }),
});
