import assert from "assert";
import { bytesSource } from "../../src/io/byte_source.ts";
import {
  naturalOrder,
  openSequence,
  sequenceDigest,
  type SequenceFile,
} from "../../src/io/sequence.ts";
import { stackDigest } from "../../src/io/tiff_reader.ts";
import { buildTiff, numberedPages, numberOf, type PageFixture, plane } from "./tiff_builder.ts";

/** Files of these pages, and how many of them are open, were opened, and are most at once. */
function filesOf(pages: Readonly<Record<string, readonly PageFixture[]>>) {
  const open = { now: 0, ever: 0 };
  const files = Object.entries(pages).map(([name, own]): SequenceFile => ({
    name,
    open() {
      open.now++;
      open.ever++;
      const close = () => {
        open.now--;
      };
      return Promise.resolve({ ...bytesSource(buildTiff(own), name), close });
    },
  }));
  return { files, open };
}

function single(number: number): PageFixture[] {
  return [{ ...numberedPages(1)[0], blocks: [plane(number)] }];
}

Deno.test("naturalOrder() puts img_2 before img_10, whatever zeros stand before", () => {
  const names = ["img_10.tif", "img_2.tif", "IMG_1.tif", "img_002b.tif", "a.tif", "img.tif"];
  assert.deepEqual(names.sort(naturalOrder), [
    "a.tif",
    "img.tif",
    "IMG_1.tif",
    "img_2.tif",
    "img_002b.tif",
    "img_10.tif",
  ]);
});

Deno.test("openSequence() reads files of one slice as one stack, and keeps none open", async () => {
  const { files, open } = filesOf({
    "a_10.tif": single(2),
    "a_2.tif": single(1),
    "a_1.tif": single(0),
  });
  const { info, readSlice } = await openSequence("a", files, {
    voxelSize: { z: 2, y: 1, x: 1, unit: "um" },
  });
  assert.deepEqual(open, { now: 0, ever: 1 });
  assert.deepEqual(info.sizes, { t: 1, c: 1, z: 3, y: 3, x: 5 });
  assert.equal(info.voxelSize.z, 2);
  for (const z of [2, 0, 1]) assert.equal(numberOf(await readSlice(0, 0, z)), z);
  assert.deepEqual(open, { now: 0, ever: 4 });
  const whole = await stackDigest(bytesSource(buildTiff(numberedPages(3))));
  assert.deepEqual(await sequenceDigest("a", files), whole);
});

Deno.test("openSequence() keeps the channels of each file, and takes files for frames", async () => {
  const two = (number: number) =>
    numberedPages(2, { 270: "ImageJ=1.53t\nimages=2\nchannels=2\n" })
      .map((page, i) => ({ ...page, blocks: [plane(2 * number + i)] }));
  const { files } = filesOf({ "1.tif": two(0), "2.tif": two(1), "3.tif": two(2) });
  const stack = await openSequence("a", files);
  assert.deepEqual(stack.info.sizes, { t: 1, c: 2, z: 3, y: 3, x: 5 });
  assert.equal(numberOf(await stack.readSlice(0, 1, 2)), 5);
  const frames = await openSequence("a", files, { axes: "TCYX" });
  assert.deepEqual(frames.info.sizes, { t: 3, c: 2, z: 1, y: 3, x: 5 });
  assert.equal(numberOf(await frames.readSlice(2, 0, 0)), 4);
});

Deno.test("openSequence() refuses a file of another size or type, or of several slices, by name", async () => {
  const small = [{ width: 2, height: 3, blocks: [new Uint8Array(6)] }];
  const { files, open } = filesOf({
    "1.tif": single(0),
    "2.tif": small,
    "3.tif": numberedPages(2),
  });
  const stack = await openSequence("a", files);
  const other = {
    name: "TiffError",
    message: /Cannot read 2\.tif: it is 2 x 3 .* 1\.tif is 5 x 3/,
  };
  await assert.rejects(stack.readSlice(0, 0, 1), other);
  const several = {
    name: "InputError",
    message: /3\.tif as a part of a sequence: it has 2 slices/,
  };
  await assert.rejects(stack.readSlice(0, 0, 2), several);
  assert.equal(open.now, 0);
  await assert.rejects(openSequence("a", []), /no files in a/);
});
