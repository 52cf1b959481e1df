import assert from "assert";
import { bytesSource } from "../../src/io/byte_source.ts";
import { openStack } from "../../src/io/tiff_reader.ts";
import { reads, refused } from "./reading_support.ts";
import {
  buildTiff,
  HEIGHT,
  numberedPages,
  type PageFixture,
  plane,
  WIDTH,
} from "./tiff_builder.ts";
import { deflate } from "./tiff_support.ts";

/** A plane as PackBits and deflate, by TIFF's number of the compression. */
const COMPRESSED: Readonly<
  Record<number, (plane: Uint8Array<ArrayBuffer>) => Promise<Uint8Array> | Uint8Array>
> = {
  1: (plane) => plane,
  8: deflate,
  32773: (plane) => Uint8Array.of(plane.length - 1, ...plane),
};

async function pages(compression: number, counts: PageFixture["fields"]): Promise<PageFixture[]> {
  return await Promise.all([0, 1, 2].map(async (i) => ({
    width: WIDTH,
    height: HEIGHT,
    fields: { 259: { shorts: [compression] }, ...counts },
    blocks: [await COMPRESSED[compression](plane(i))],
  })));
}

for (const compression of [1, 8, 32773]) {
  for (
    const [what, counts, note] of [
      ["are missing", { 279: undefined }, /byte counts are missing/],
      ["are 0", { 279: { longs: [0] } }, /byte counts are missing/],
      ["reach past the file's end", { 279: { longs: [100_000] } }, /byte counts/],
    ] as const
  ) {
    Deno.test(`pages whose byte counts ${what} are read (compression ${compression})`, async () => {
      const bytes = buildTiff(await pages(compression, counts));
      const { notes } = await reads(bytes, [1, 1, 3], (_t, _c, z) => z);
      assert.match(notes.join(), note);
    });

    Deno.test(`a cut file whose byte counts ${what} is refused (compression ${compression})`, async () => {
      const whole = buildTiff(await pages(compression, counts));
      const open = async () => {
        // Past the checksum of deflate, into the pixels of the last page.
        const { readSlice } = await openStack(bytesSource(whole.slice(0, -12), "a.tif"));
        await readSlice(0, 0, 2);
      };
      await assert.rejects(open, { name: "TiffError" });
    });
  }
}

Deno.test("strips of several rows without byte counts are read, and the last one's end is the file's", async () => {
  const strips = numberedPages(2).map((page, i): PageFixture => ({
    ...page,
    fields: { 278: { shorts: [1] }, 279: undefined },
    blocks: [0, 1, 2].map((row) => plane(i).subarray(row * WIDTH, (row + 1) * WIDTH)),
  }));
  await reads(buildTiff(strips), [1, 1, 2], (_t, _c, z) => z);
});

Deno.test("a byte count that is smaller than the pixels need is refused", () =>
  refused(
    buildTiff(numberedPages(2, {}, { 279: { longs: [7] } })),
    /strip 0 of IFD 0 has 7 bytes/,
  ));
