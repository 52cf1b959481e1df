import assert from "assert";
import type { SampleType, Slice } from "../../src/core.ts";
import { buildTiff, numberedPages, plane } from "../io/tiff_builder.ts";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { readStack, waves, writeStack } from "../support/stacks.ts";

const MODEL = formulaModelFile("zaugnet");
const PLUS = formulaModelFile("zaugnet+");

/** Runs `predict` to its end; throws where it fails. */
async function predict(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli("predict", "--model", MODEL, ...args);
  assert.equal(code, 0, stderr);
  return stdout + stderr;
}

/** All slices of one channel of a stack. */
async function channelOf(path: string, c: number): Promise<Slice[]> {
  const { info, readSlice } = await readStack(path);
  return await Promise.all(
    Array.from({ length: info.sizes.z }, (_, z) => readSlice(0, c, z)),
  );
}

const sizes = { t: 1, c: 2, z: 3, y: 32, x: 32 };

Deno.test("predict makes of a channel beside a brighter one what it makes of it alone", () =>
  inTemporaryFolder(async (folder) => {
    const dim = waves("uint16", sizes);
    const bright = (z: number) => dim(0, 1, z).map((value) => Math.min(65535, 3 * value + 9000));
    const slice = (_t: number, c: number, z: number) =>
      c === 0 ? dim(0, 0, z).map((value) => Math.floor(value / 100)) : bright(z);
    const type: SampleType = "uint16";
    await writeStack(`${folder}/both.tif`, { sampleType: type, sizes }, slice);
    await writeStack(
      `${folder}/alone.tif`,
      { sampleType: type, sizes: { ...sizes, c: 1 } },
      (t, _c, z) => slice(t, 0, z),
    );
    await predict(`${folder}/both.tif`, `${folder}/alone.tif`, "-o", `${folder}/channel/`);
    const alone = await channelOf(`${folder}/channel/alone.tif`, 0);
    assert.deepEqual(await channelOf(`${folder}/channel/both.tif`, 0), alone);
    const { extras } = (await readStack(`${folder}/channel/both.tif`)).info;
    assert.equal(extras?.["zaugnet.normalization_per"], "channel");
    assert.equal(extras?.["zaugnet.normalization_low"].split(",").length, 2);

    await predict(
      ...[`${folder}/both.tif`, `${folder}/alone.tif`, "-o", `${folder}/stack/`, "--per", "stack"],
    );
    // One channel keeps its bits, whatever has a range of its own.
    assert.deepEqual(await channelOf(`${folder}/stack/alone.tif`, 0), alone);
    assert.notDeepEqual(await channelOf(`${folder}/stack/both.tif`, 0), alone);
  }));

Deno.test("predict takes only the channels that are named, whose result is that of them alone", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/both.tif`, { sizes });
    const slice = waves("uint8", sizes);
    await writeStack(
      `${folder}/second.tif`,
      { sizes: { ...sizes, c: 1 } },
      (t, _c, z) => slice(t, 1, z),
    );
    await predict(`${folder}/both.tif`, "-o", `${folder}/a.tif`, "--channels", "2");
    await predict(`${folder}/second.tif`, "-o", `${folder}/b.tif`);
    assert.deepEqual(await channelOf(`${folder}/a.tif`, 0), await channelOf(`${folder}/b.tif`, 0));
  }));

/** RGBA pages whose transparency is the same in all. */
function transparentPages(alpha: number) {
  return Array.from({ length: 3 }, (_, z) => ({
    width: 16,
    height: 16,
    samples: 4,
    fields: { 262: { shorts: [2] }, 338: { shorts: [2] } },
    blocks: [
      Uint8Array.from(
        { length: 16 * 16 * 4 },
        (_, i) => i % 4 === 3 ? alpha : (i * 7 + z * 40) % 250,
      ),
    ],
  }));
}

Deno.test("predict carries transparency over and never predicts it", () =>
  inTemporaryFolder(async (folder) => {
    await Deno.writeFile(`${folder}/a.tif`, buildTiff(transparentPages(200)));
    await predict(`${folder}/a.tif`, "-o", `${folder}/out.tif`);
    const slices = await channelOf(`${folder}/out.tif`, 3);
    assert.equal(slices.length, 5);
    assert.ok(slices.every((slice) => slice.every((value) => value === 200)));
  }));

const LUT = Uint8Array.from({ length: 768 }, (_, i) => i < 256 ? i : 0);
const LABELS = [1, 2, 3].flatMap((z) => [`DAPI ${z}`, `GFP ${z}`]);

for (const name of ["out.tif", "out.ome.tif"]) {
  Deno.test(`predict keeps labels and colours in ${name}, and says what it predicted`, () =>
    inTemporaryFolder(async (folder) => {
      const display = [{ lut: LUT, min: 3, max: 90 }, { lut: LUT.toReversed(), min: 0, max: 200 }];
      await writeStack(`${folder}/a.tif`, {
        sizes,
        kept: { info: "taken", labels: LABELS, display },
      });
      await predict(`${folder}/a.tif`, "-o", `${folder}/${name}`);
      const { info } = await readStack(`${folder}/${name}`);
      assert.deepEqual(info.kept?.labels, [
        ...["DAPI 1", "GFP 1", "predicted z:2/5", "predicted z:2/5"],
        ...["DAPI 2", "GFP 2", "predicted z:4/5", "predicted z:4/5"],
        ...["DAPI 3", "GFP 3"],
      ]);
      assert.deepEqual([info.kept?.display?.[0].min, info.kept?.display?.[0].max], [3, 90]);
      assert.equal(info.kept?.info, "taken");
      assert.equal(info.extras?.["zaugnet.predicted_slices"], "2, 4");
    }));
}

Deno.test("shards keep what one run keeps, byte for byte, with what the user says", () =>
  inTemporaryFolder(async (folder) => {
    const display = [{ lut: LUT, min: 3, max: 90 }, { lut: LUT, min: 0, max: 200 }];
    const frames = { ...sizes, t: 2 };
    const labels = [...LABELS, ...LABELS];
    await writeStack(`${folder}/a.tif`, {
      sampleType: "uint16",
      sizes: frames,
      kept: { labels, display },
    });
    const how = [`${folder}/a.tif`, "--per", "frame", "--voxel-size", "1,0.5,0.5"];
    await predict(...how, "-o", `${folder}/whole.tif`);
    for (const shard of ["0/2", "1/2"]) {
      await predict(...how, "-o", `${folder}/parts/`, "--shard", shard);
    }
    const merged = await runCli("merge", `${folder}/parts`, "-o", `${folder}/merged.tif`);
    assert.equal(merged.code, 0, merged.stderr);
    assert.deepEqual(
      await Deno.readFile(`${folder}/merged.tif`),
      await Deno.readFile(`${folder}/whole.tif`),
    );
  }));

Deno.test("predict --sequence makes one stack of files that are named one by one", () =>
  inTemporaryFolder(async (folder) => {
    const slice = waves("uint8", sizes);
    for (const [i, name] of ["s1.tif", "s2.tif", "s10.tif"].entries()) {
      await writeStack(
        `${folder}/${name}`,
        { sizes: { ...sizes, c: 1, z: 1 } },
        () => slice(0, 0, i),
      );
    }
    await writeStack(`${folder}/whole.tif`, { sizes: { ...sizes, c: 1 } });
    const files = ["s10.tif", "s1.tif", "s2.tif"].map((name) => `${folder}/${name}`);
    await predict(...files, "--sequence", "-o", `${folder}/a.tif`);
    await predict(`${folder}/whole.tif`, "-o", `${folder}/b.tif`);
    assert.deepEqual(await channelOf(`${folder}/a.tif`, 0), await channelOf(`${folder}/b.tif`, 0));

    const one = await runCli("predict", "-m", MODEL, files[0], "-o", `${folder}/c.tif`);
    assert.equal(one.code, 2);
    assert.match(one.stderr, /one slice.*open them together: --sequence/);
  }));

Deno.test("predict names --axes where a stack has one slice but several frames", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`, { sizes: { t: 5, z: 1 } });
    const refused = await runCli(
      "predict",
      "-m",
      MODEL,
      `${folder}/a.tif`,
      "-o",
      `${folder}/o.tif`,
    );
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /5 frames .* say so with --axes ZYX/);
    await predict(`${folder}/a.tif`, "-o", `${folder}/o.tif`, "--axes", "ZYX");
    assert.equal((await readStack(`${folder}/o.tif`)).info.sizes.z, 9);
  }));

Deno.test("predict resamples a stack whose voxel size only the user knows", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`, { sizes: { z: 3 }, voxelSize: { unit: "" } });
    const how = ["predict", "-m", MODEL, `${folder}/a.tif`, "-o", `${folder}/o.tif`];
    const refused = await runCli(...how, "--spacing", "isotropic");
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /say it with --voxel-size/);
    const made = await runCli(...how, "--spacing", "isotropic", "--voxel-size", "0.4,0.1,0.1");
    assert.equal(made.code, 0, made.stderr);
    const { sizes, voxelSize } = (await readStack(`${folder}/o.tif`)).info;
    assert.equal(sizes.z, 9);
    assert.ok(Math.abs(voxelSize.z! - 0.1) < 1e-9);
  }));

Deno.test("predict refuses to cut a gap into more than 64 parts, with the sizes that led to it", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`, {
      sizes: { z: 3 },
      voxelSize: { z: 1000, y: 0.1, x: 0.1, unit: "µm" },
    });
    const how = ["predict", `${folder}/a.tif`, "-o", `${folder}/o.tif`];
    const isotropic = await runCli(...how, "-m", MODEL, "--spacing", "isotropic");
    assert.equal(isotropic.code, 2);
    assert.match(isotropic.stderr, /10000 parts, more than 64: the slices lie 1000 µm apart/);
    const factor = await runCli(...how, "-m", PLUS, "--factor", "65");
    assert.equal(factor.code, 2);
    assert.match(factor.stderr, /--factor 65 would cut a gap into 65 parts, more than 64/);
  }));

Deno.test("predict --repair fills a plane that the file lacks", () =>
  inTemporaryFolder(async (folder) => {
    const pages = numberedPages(5);
    const empty = { ...pages[2], fields: { 273: { longs: [0] }, 279: { longs: [0] } } };
    await Deno.writeFile(`${folder}/a.tif`, buildTiff(pages.with(2, empty)));
    const how = ["predict", "-m", MODEL, `${folder}/a.tif`, "-o", `${folder}/o.tif`];
    const refused = await runCli(...how);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /does not hold slice 3 .*; --repair fills what is missing/);
    const filled = await runCli(...how, "--repair", "auto", "--json");
    assert.equal(filled.code, 0, filled.stderr);
    const [{ repaired }] = JSON.parse(filled.stdout).files;
    assert.deepEqual(repaired, [{ t: 1, c: 1, z: 3, reason: "is not in the file" }]);
    const { readSlice, info } = await readStack(`${folder}/o.tif`);
    assert.equal(info.sizes.z, 5);
    assert.deepEqual(await readSlice(0, 0, 1), plane(1));
  }));

Deno.test("predict reads and writes a file whose name has 250 bytes", () =>
  inTemporaryFolder(async (folder) => {
    const name = `${"n".repeat(246)}.tif`;
    await writeStack(`${folder}/${name}`);
    await predict(`${folder}/${name}`, "-o", `${folder}/out/`);
    assert.equal((await readStack(`${folder}/out/${name}`)).info.sizes.z, 5);
  }));
