import assert from "assert";
import { bytesSource, stackDigest } from "../../src/core.ts";
import { buildTiff, HEIGHT, numberedPages, WIDTH } from "../io/tiff_builder.ts";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { shared } from "../support/shared.ts";
import { writeStack } from "../support/stacks.ts";

interface Case {
  readonly file: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly sha256: string;
}

/** What `info --json` says; throws where it fails. */
async function infoOf(...args: string[]) {
  const { code, stdout, stderr } = await runCli("info", "--json", ...args);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

const cases = shared("cases");

for (
  const { file, shape, dtype, sha256 } of cases === undefined
    ? []
    : JSON.parse(Deno.readTextFileSync(`${cases}/manifest.json`)) as Case[]
) {
  Deno.test(`info reads ${file} as the program that wrote it means it`, async () => {
    const info = await infoOf(`${cases}/${file}`);
    assert.deepEqual([info.shape, info.dtype, info.sha256], [shape, dtype, sha256]);
  });
}

/** Files of one numbered plane each. */
async function writeSlices(folder: string, names: Readonly<Record<string, number>>) {
  for (const [name, number] of Object.entries(names)) {
    await Deno.writeFile(`${folder}/${name}`, buildTiff(numberedPages(number + 1).slice(number)));
  }
}

Deno.test("info reads pages by the axes and sizes that the user gives", () =>
  inTemporaryFolder(async (folder) => {
    const path = `${folder}/a.tif`;
    await Deno.writeFile(path, buildTiff(numberedPages(12)));
    const info = await infoOf(path, "--axes", "tczyx", "--sizes", "T=2,C=2");
    assert.deepEqual(info.shape, [2, 2, 3, HEIGHT, WIDTH]);
    const wrong = await runCli("info", path, "--axes", "TCZYX", "--sizes", "C=5");
    assert.equal(wrong.code, 2);
    assert.match(
      wrong.stderr,
      /it has 12 planes; give sizes that multiply to 12, like --sizes T=12/,
    );
    const alone = await runCli("info", path, "--sizes", "C=2");
    assert.match(alone.stderr, /give --axes, too/);
  }));

Deno.test("info takes a voxel size with a unit, and refuses what is none", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`);
    const { voxelSize } = await infoOf(`${folder}/a.tif`, "--voxel-size", "300,100,100,nm");
    assert.deepEqual(voxelSize, { z: 300, y: 100, x: 100, unit: "nm" });
    const wrong = await runCli("info", `${folder}/a.tif`, "--voxel-size", "1,1,1,parsec");
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /"parsec" is no unit of length/);
  }));

Deno.test("info takes some channels and frames, counted from 1", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`, { sizes: { t: 3, c: 3, z: 2 } });
    const info = await infoOf(`${folder}/a.tif`, "--channels", "3,1", "--frames", "2-3");
    assert.deepEqual(info.shape.slice(0, 3), [2, 2, 2]);
    const wrong = await runCli("info", `${folder}/a.tif`, "--channels", "4");
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /no 4 among the channels: the file has 3, from 1/);
  }));

Deno.test({
  name: "info lists the series of a file, and reads the one that is asked for",
  ignore: cases === undefined,
  async fn() {
    const path = `${cases}/preview_first.tif`;
    const main = await infoOf(path);
    assert.deepEqual(main.series.map(({ number }: { number: number }) => number), [1, 2]);
    assert.deepEqual(main.series[0].shape, [1, 1, 1, 16, 16]);
    assert.equal(main.seriesNumber, 2);
    assert.deepEqual((await infoOf(path, "--series", "1")).shape, [1, 1, 1, 16, 16]);
  },
});

Deno.test("info --sequence reads a folder's files as slices, img_2 before img_10", () =>
  inTemporaryFolder(async (folder) => {
    await writeSlices(folder, {
      "img_10.tif": 2,
      "img_2.tif": 1,
      "img_1.tif": 0,
      "._img_1.tif": 9,
    });
    const whole = await stackDigest(bytesSource(buildTiff(numberedPages(3)), "whole.tif"));
    const info = await infoOf(folder, "--sequence");
    assert.deepEqual(info.shape, [1, 1, 3, HEIGHT, WIDTH]);
    assert.equal(info.sha256, whole.sha256);
    const plain = await runCli("info", folder);
    assert.match(plain.stderr, /is a folder: .* say so with --sequence/);
  }));

Deno.test("info --sequence names the file that is of another size", () =>
  inTemporaryFolder(async (folder) => {
    await writeSlices(folder, { "a1.tif": 0, "a2.tif": 1 });
    await writeStack(`${folder}/a3.tif`, { sizes: { z: 1 } });
    const { code, stderr } = await runCli("info", folder, "--sequence");
    assert.equal(code, 2);
    assert.match(stderr, /a3\.tif/);
  }));

Deno.test("a pattern may be of folders and of sets of characters", () =>
  inTemporaryFolder(async (folder) => {
    for (const name of ["d1", "d2", "e1"]) {
      await Deno.mkdir(`${folder}/${name}`);
      await writeSlices(`${folder}/${name}`, { "a1.tif": 0, "a2.tif": 1, "a3.tif": 2 });
    }
    const info = await infoOf(`${folder}/d*/a[12].tif`, "--sequence");
    assert.deepEqual(info.shape.slice(0, 3), [1, 1, 4]);
    const none = await runCli("info", `${folder}/f*/a[12].tif`, "--sequence");
    assert.equal(none.code, 2);
    assert.match(none.stderr, /No file matches/);
  }));

for (
  const [name, start, advice] of [
    ["a.czi", "ZISRAWFILE\0\0\0\0\0\0", /CZI.*bfconvert/s],
    ["a.nd2", "\xda\xce\xbe\x0a\0\0\0\0", /ND2.*bfconvert/s],
    ["a.lif", "\x70\0\0\0\0\0\0\0", /LIF.*bfconvert/s],
  ] as const
) {
  Deno.test(`info says what ${name} is, and what to run`, () =>
    inTemporaryFolder(async (folder) => {
      const bytes = Uint8Array.from(start.padEnd(64, "\0"), (c) => c.charCodeAt(0));
      await Deno.writeFile(`${folder}/${name}`, bytes);
      const { code, stderr } = await runCli("info", `${folder}/${name}`);
      assert.equal(code, 2);
      assert.match(stderr, advice);
    }));
}
