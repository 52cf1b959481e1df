import assert from "assert";
import { bytesSource, createStackWriter, openStack } from "../../src/core.ts";
import { testAdapter } from "../support/adapter.ts";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { type GoldenFile, readGolden, shared } from "../support/shared.ts";

const STACKS = [
  "brightfield_hipsc_a",
  "em_fibsem_fly_medulla_a",
  "golgi_16bit",
  "membrane_plant_meristem",
  "neuropil_fly_brain",
  "nuclei_cultured_cells_a",
];

const model = shared("model/reference.pt");

/** Copies the slices on both sides of each gap into a small stack. */
async function cutOut(stack: string, gaps: readonly number[], output: string): Promise<void> {
  const source = bytesSource(await Deno.readFile(stack), stack);
  const reader = await openStack(source);
  const { info } = reader;
  const chunks: Uint8Array[] = [];
  const sink = {
    write: (bytes: Uint8Array) => {
      chunks.push(bytes.slice());
      return Promise.resolve();
    },
  };
  const sizes = { ...info.sizes, z: 2 * gaps.length };
  const writer = createStackWriter(sink, {
    format: "imagej",
    sizes,
    sampleType: info.sampleType,
    voxelSize: info.voxelSize,
  });
  for (const z of gaps.flatMap((gap) => [gap, gap + 1])) {
    await writer.writeSlice(await reader.readSlice(0, 0, z));
  }
  await writer.close();
  await Deno.writeFile(output, new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer()));
}

/** Fails where a predicted slice is more than a grey level off, or too many are off at all. */
async function compare(output: string, expected: GoldenFile, z: (k: number) => number) {
  const reader = await openStack(bytesSource(await Deno.readFile(output), "out.tif"));
  const { x, y } = reader.info.sizes;
  const grey = (Number(expected.metadata.hi) - Number(expected.metadata.lo)) / 255;
  const { data } = expected.values.slices;
  let total = 0;
  for (let k = 0; k * x * y < data.length; k++) {
    const slice = await reader.readSlice(0, 0, z(k));
    for (let i = 0; i < x * y; i++) {
      const value = data[k * x * y + i];
      const error = Math.abs(slice[i] - value) / grey;
      assert.ok(error <= 1, `slice ${k}, pixel ${i} is ${error} grey levels off`);
      total += Math.abs(slice[i] - Math.round(value)) / grey;
    }
  }
  const mean = total / data.length;
  assert.ok(mean < 0.02, `the mean difference is ${mean} grey levels`);
}

const halves = (await testAdapter()).features.includes("shader-f16");
const RUNS = [
  ...STACKS.map((name) => [name, "f32"] as const),
  // One of 8 bit and one of 16: the others differ by as little (docs/decisions/0008-half-precision.md).
  ...["neuropil_fly_brain", "golgi_16bit"].map((name) => [name, "f16"] as const),
];

for (const [name, precision] of RUNS) {
  const stack = shared(`data/${name}.tif`);
  const expectedPath = shared(`model/expected/${name}.safetensors`);

  Deno.test({
    name: `predict agrees with PyTorch on ${name} in ${precision}`,
    ignore: !stack || !model || !expectedPath || precision === "f16" && !halves,
    fn: () =>
      inTemporaryFolder(async (folder) => {
        const expected = readGolden(expectedPath!);
        const input = `${folder}/${name}.tif`;
        await cutOut(stack!, [...expected.values.gaps.data], input);
        const range = `${expected.metadata.lo},${expected.metadata.hi}`;
        const output = `${folder}/out.tif`;
        const result = await runCli(
          ...["predict", input, "--model", model!, "--output", output, "--range", range],
          ...["--precision", precision],
        );
        assert.equal(result.code, 0, result.stderr);
        await compare(output, expected, (k) => 4 * k + 1);
      }),
  });
}

const golgi = shared("data/golgi_16bit.tif");
const golgiExpected = shared("model/expected/golgi_16bit.safetensors");
Deno.test({
  name: "predict --normalization stack agrees with PyTorch on a whole stack, originals untouched",
  ignore: !golgi || !model || !golgiExpected,
  fn: () =>
    inTemporaryFolder(async (folder) => {
      const output = `${folder}/out.tif`;
      const result = await runCli(
        ...["predict", golgi!, "--model", model!, "--output", output, "--json"],
        ...["--normalization", "stack"],
      );
      assert.equal(result.code, 0, result.stderr);
      const expected = readGolden(golgiExpected!);
      await compare(output, expected, (k) => 2 * expected.values.gaps.data[k] + 1);

      const before = await openStack(bytesSource(await Deno.readFile(golgi!)));
      const after = await openStack(bytesSource(await Deno.readFile(output)));
      assert.deepEqual(after.info.sizes, { t: 1, c: 1, z: 49, y: 137, x: 147 });
      assert.ok(Math.abs(after.info.voxelSize.z! - before.info.voxelSize.z! / 2) < 1e-9);
      for (let z = 0; z < 25; z++) {
        const original = await before.readSlice(0, 0, z);
        assert.deepEqual(await after.readSlice(0, 0, 2 * z), original, `slice ${z}`);
      }
      const [file] = JSON.parse(result.stdout).files;
      assert.equal(file.predictedSlices, 24);
      assert.equal(file.metadata.normalization, "stack");
    }),
});
