import assert from "assert";
import { type ByteSource, bytesSource } from "../../src/io/byte_source.ts";
import { openStack, stackDigest } from "../../src/io/tiff_reader.ts";
import { deflate, type Tags, tinyTiff } from "./tiff_support.ts";

const PIXELS = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

/** Rejects as damaged or unsupported, at open or at the first slice. */
async function refuses(bytes: Uint8Array<ArrayBuffer>, fault: string, message: RegExp) {
  const read = async () => (await openStack(bytesSource(bytes, "a.tif"))).readSlice(0, 0, 0);
  await assert.rejects(read, { name: "TiffError", fault, message });
}

async function readsTo(bytes: Uint8Array<ArrayBuffer>, expected: ArrayLike<number>) {
  const slice = await (await openStack(bytesSource(bytes))).readSlice(0, 0, 0);
  assert.deepEqual(Array.from(slice), Array.from(expected));
}

function ome(attributes: string, content = "", image = "", root = ""): Tags {
  const sizes = 'SizeX="4" SizeY="2" Type="uint8" DimensionOrder="XYZCT"';
  const pixels = `<Pixels ${sizes} ${attributes}>${content}</Pixels>`;
  return { 270: `<?xml version="1.0"?><OME ${root}><Image>${pixels}${image}</Image></OME>` };
}

Deno.test("readSlice() reads a tiny uncompressed page", () => readsTo(tinyTiff(), PIXELS));

Deno.test("readSlice() reads strips of several rows, the last one shorter", () => {
  const tags = { 257: 3, 278: 2 };
  return readsTo(tinyTiff(tags, PIXELS, PIXELS.slice(0, 4)), [...PIXELS, 1, 2, 3, 4]);
});

Deno.test("readSlice() reads a last strip that its writer filled up", async () => {
  const full = await deflate(PIXELS);
  const tags = { 257: 3, 278: 2, 259: 8 };
  await readsTo(tinyTiff(tags, full, full), [...PIXELS, 1, 2, 3, 4]);
});

Deno.test("readSlice() unpacks odd bit depths, each row from a new byte", () => {
  const rows = Uint8Array.of(0b00000000, 0b01000000, 0b00100000, 0b00001100, 0b10000000, 0, 0, 0);
  const tags = { 256: 3, 258: 10, 257: 2 };
  return readsTo(tinyTiff(tags, rows), [1, 2, 3, 512, 0, 0]);
});

Deno.test("readSlice() converts integers of 32 bits that float32 holds", () => {
  const values = Int32Array.of(-1, 2 ** 24, 0, -(2 ** 31));
  const tags = { 256: 2, 257: 2, 258: 32, 339: 2 };
  return readsTo(tinyTiff(tags, new Uint8Array(values.buffer)), values);
});

Deno.test("readSlice() names the slice and the value that float32 does not hold", () => {
  const values = Int32Array.of(2 ** 24 + 1, 0);
  const bytes = tinyTiff({ 256: 2, 257: 1, 258: 32, 339: 2 }, new Uint8Array(values.buffer));
  return refuses(
    bytes,
    "unsupported",
    /int32 value 16777217 at slice 1 of channel 1 of frame 1 does not fit/,
  );
});

Deno.test("openStack() refuses colours and formats by name", async () => {
  await refuses(tinyTiff({ 262: 3 }), "unsupported", /palette colours/);
  await refuses(tinyTiff({ 259: 7 }), "unsupported", /JPEG/);
  await refuses(tinyTiff({ 339: 6 }), "unsupported", /format-6-8 samples/);
  await refuses(tinyTiff({ 266: 2 }), "unsupported", /fill order 2/);
});

Deno.test("openStack() reads ImageJ's look-up table images as stored, with a note", async () => {
  const bytes = tinyTiff({ 262: 3, 270: "ImageJ=1.53t\n" });
  const { info } = await openStack(bytesSource(bytes));
  assert.match(info.notes.join(), /colour table was ignored/);
});

Deno.test("openStack() refuses an uncompressed strip that fits another sample type", () =>
  refuses(tinyTiff({ 258: 16 }), "damaged", /strip 0 of IFD 0 has 8 bytes, and .* need 16/));

Deno.test("openStack() takes more bytes than a strip needs as libtiff does, with a note", async () => {
  const { info } = await openStack(bytesSource(tinyTiff({}, new Uint8Array(64))));
  assert.match(info.notes.join(), /byte counts larger than the pixels need/);
  const bits = tinyTiff({ 258: 6 }, new Uint8Array(64));
  await refuses(bits, "damaged", /strip 0 of IFD 0 has 64 bytes, and .* need 6/);
});

Deno.test("readSlice() refuses deflate data that are cut, too long or changed", async () => {
  const good = await deflate(PIXELS);
  const long = await deflate(new Uint8Array(9));
  const changed = good.slice();
  changed[good.length - 1] ^= 1;
  const tags = { 259: 8 };
  await refuses(tinyTiff(tags, good.slice(0, 6)), "damaged", /strip 0 of IFD 0 at byte/);
  await refuses(tinyTiff(tags, long), "damaged", /the deflate data exceed 8 bytes/);
  await refuses(tinyTiff(tags, changed), "damaged", /does not decode/);
});

Deno.test("readSlice() refuses zstd data that are broken", () =>
  refuses(tinyTiff({ 259: 50000 }, PIXELS), "damaged", /decodes to 0 bytes where 8/));

Deno.test("readSlice() refuses PackBits data that end early or run over", async () => {
  const tags = { 259: 32773 };
  await readsTo(tinyTiff(tags, Uint8Array.of(249, 9)), new Array(8).fill(9));
  await refuses(tinyTiff(tags, Uint8Array.of(7, 1, 2)), "damaged", /PackBits data are cut/);
  await refuses(tinyTiff(tags, Uint8Array.of(129, 9)), "damaged", /PackBits data exceed 8/);
});

Deno.test("readSlice() refuses LZW data without a clear code or with unknown codes", async () => {
  const tags = { 259: 5 };
  await refuses(tinyTiff(tags, Uint8Array.of(1, 2, 3)), "damaged", /begin with a clear code/);
  const unknown = Uint8Array.of(0x80, 0x7f, 0xff, 0xff);
  await refuses(tinyTiff(tags, unknown), "damaged", /not yet in the table/);
});

Deno.test("openStack() refuses OME-XML that claims planes without a place", async () => {
  const claim = (attributes: string, data = "") => tinyTiff(ome(attributes, data));
  const huge = 'SizeZ="999999999" SizeC="1" SizeT="1"';
  await refuses(claim(huge), "damaged", /claims 999999999 planes/);
  const data = '<TiffData IFD="0" PlaneCount="999999999"/>';
  await refuses(claim(huge, data), "damaged", /claims 999999999 planes/);
  const twice = '<TiffData IFD="0"/><TiffData IFD="0"/>';
  await refuses(claim('SizeZ="1" SizeC="1" SizeT="1"', twice), "damaged", /two places/);
  await refuses(
    claim('SizeZ="0" SizeC="1" SizeT="1"'),
    "damaged",
    /SizeZ="0", which is not a count/,
  );
});

Deno.test("openStack() names the missing file of a stack over several files", () => {
  const data = '<TiffData IFD="0"><UUID FileName="b.tif">urn:b</UUID></TiffData>';
  const bytes = tinyTiff(ome('SizeZ="1" SizeC="1" SizeT="1"', data));
  return refuses(bytes, "damaged", /a part of its stack lies in b\.tif, which is not there/);
});

Deno.test("openStack() never follows OME-XML out of the folder", () => {
  const data = '<TiffData IFD="0"><UUID FileName="../b.tif">urn:b</UUID></TiffData>';
  const bytes = tinyTiff(ome('SizeZ="1" SizeC="1" SizeT="1"', data));
  return refuses(bytes, "unsupported", /points out of the folder, to \.\.\/b\.tif/);
});

Deno.test("openStack() refuses ImageJ metadata that claim more planes than there are", async () => {
  const claim = (text: string) => tinyTiff({ 270: `ImageJ=1.53t\n${text}\n` });
  await refuses(claim("images=99\nslices=99"), "damaged", /claim 99 planes of 8 bytes/);
  await refuses(claim("slices=3"), "damaged", /past the file's end .* was cut/);
  await refuses(claim("images=1\nslices=3"), "damaged", /claim 3 planes, and the file has 1/);
  await refuses(claim("images=-1"), "damaged", /images=-1, which is not a count/);
});

Deno.test("openStack() ignores impossible voxel sizes with a note", async () => {
  const bytes = tinyTiff({ 270: "ImageJ=1.53t\nunit=um\nspacing=0\n" });
  const { info } = await openStack(bytesSource(bytes));
  assert.deepEqual(info.voxelSize, { unit: "um" });
  assert.deepEqual(info.notes, ["the voxel size along z is given as 0 um and was ignored"]);
});

Deno.test("openStack() takes a z step that ImageJ left out for 1, but not where others did", async () => {
  const planes = "ImageJ=1.53t\nimages=4\nslices=4\nunit=um\n";
  const open = async (description: string) => {
    const tags = { 256: 2, 257: 1, 270: description };
    return (await openStack(bytesSource(tinyTiff(tags)))).info;
  };
  const { voxelSize, notes } = await open(planes);
  assert.deepEqual(voxelSize, { z: 1, unit: "um" });
  assert.deepEqual(notes, ["no z step is stated, which means 1 um in ImageJ's files: check it"]);
  const others = [
    `${planes}zaugnet.version=0.1.0\n`,
    planes.replace("um", "pixel"),
    planes.replace("1.53t", "1.11a"),
  ];
  for (const description of others) assert.equal((await open(description)).voxelSize.z, undefined);
});

Deno.test("openStack() brings OME's distances to one unit", async () => {
  const sizes = 'SizeZ="1" SizeC="1" SizeT="1" PhysicalSizeX="50" PhysicalSizeXUnit="nm"';
  const bytes = tinyTiff(ome(`${sizes} PhysicalSizeZ="0.3" PhysicalSizeZUnit="&#181;m"`));
  const { info } = await openStack(bytesSource(bytes));
  assert.deepEqual(info.voxelSize, { x: 50, z: 300, unit: "nm" });
});

Deno.test("openStack() stops when it is aborted", async () => {
  const signal = AbortSignal.abort();
  await assert.rejects(openStack(bytesSource(tinyTiff()), { signal }), { name: "AbortError" });
});

Deno.test("openStack() reads no pixels", async () => {
  const bytes = tinyTiff({ 256: 1000, 257: 1000 }, new Uint8Array(1e6));
  let read = 0;
  const source: ByteSource = {
    ...bytesSource(bytes),
    read(offset, length) {
      read += length;
      return Promise.resolve(bytes.subarray(offset, offset + length));
    },
  };
  await openStack(source);
  assert.ok(read < 20_000, `${read} bytes were read`);
});

Deno.test("stackDigest() tells the smallest and the largest value", async () => {
  const { min, max } = await stackDigest(bytesSource(tinyTiff()));
  assert.deepEqual({ min, max }, { min: 1, max: 8 });
});
