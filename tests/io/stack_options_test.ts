import assert from "assert";
import { bytesSource } from "../../src/io/byte_source.ts";
import { render } from "../../src/message.ts";
import { singleSliceHint, type StackOptions } from "../../src/io/stack_options.ts";
import { openStack, stackDigest } from "../../src/io/tiff_reader.ts";
import { reads } from "./reading_support.ts";
import { buildTiff, numberedPages, numberOf, type PageFixture, plane } from "./tiff_builder.ts";

const eight = buildTiff(numberedPages(8));
const imageJ = buildTiff(
  numberedPages(8, { 270: "ImageJ=1.53t\nimages=8\nchannels=2\nslices=4\nunit=um\nspacing=2\n" }),
);

async function refuses(options: StackOptions, message: RegExp, bytes = eight) {
  await assert.rejects(openStack(bytesSource(bytes, "a.tif"), options), {
    name: "InputError",
    message,
  });
}

Deno.test("axes and sizes say what pages are, slowest first", async () => {
  const sizes = { C: 2 };
  await reads(eight, [1, 2, 4], (_t, c, z) => z * 2 + c, { axes: "ZCYX", sizes });
  await reads(eight, [1, 2, 4], (_t, c, z) => c * 4 + z, { axes: "czyx", sizes });
  const all = { T: 2, C: 2, Z: 2 };
  await reads(eight, [2, 2, 2], (t, c, z) => t * 4 + c * 2 + z, { axes: "TCZYX", sizes: all });
  await reads(eight, [8, 1, 1], (t) => t, { axes: "TYX" });
});

Deno.test("axes change the order of a hyperstack, its sizes stay", async () => {
  await reads(imageJ, [1, 2, 4], (_t, c, z) => z * 2 + c);
  const info = await reads(imageJ, [1, 2, 4], (_t, c, z) => c * 4 + z, { axes: "TCZYX" });
  assert.match(info.notes.join(), /axes were read as given: TCZYX/);
  await reads(imageJ, [1, 1, 8], (_t, _c, z) => z, { axes: "ZYX" });
  await reads(imageJ, [2, 1, 4], (t, _c, z) => t * 4 + z, { axes: "TZYX" });
});

Deno.test("axes and sizes that do not come out are refused with what to give", async () => {
  await refuses({ axes: "TCZYX" }, /by the axes TCZYX: it has 8 planes; give sizes .* to 8/);
  await refuses({ axes: "ZCYX", sizes: { C: 3 } }, /with C=3: it has 8 planes/);
  await refuses({ axes: "ZQYX" }, /"ZQYX" are not axes: .* like TCZYX/);
  await refuses({ axes: "ZZYX" }, /"ZZYX" are not axes/);
  await refuses({ axes: "ZYX", sizes: { C: 2 } }, /none of the axes ZYX/);
  await refuses({ axes: "CZYX", sizes: { C: 0 } }, /0 is not a size for C/);
  await refuses({ sizes: { C: 2 } }, /give axes, too/);
});

Deno.test("a voxel size that is given counts, and other axes stay as the file has them", async () => {
  const info = async (voxelSize: StackOptions["voxelSize"]) =>
    (await openStack(bytesSource(imageJ), { voxelSize })).info.voxelSize;
  assert.deepEqual(await info({ z: 3, y: 0.5, x: 0.25, unit: "um" }), {
    z: 3,
    y: 0.5,
    x: 0.25,
    unit: "um",
  });
  assert.deepEqual(await info({ x: 100, y: 100, unit: "nm" }), {
    z: 2000,
    y: 100,
    x: 100,
    unit: "nm",
  });
  await refuses({ voxelSize: { z: 0, unit: "um" } }, /0 is not a voxel size along z/);
  await refuses({ voxelSize: { z: NaN, unit: "um" } }, /NaN is not a voxel size along z/);
});

Deno.test("channels and frames are chosen from 1, in the order that they are given", async () => {
  const options = { axes: "TCZYX", sizes: { T: 2, C: 2, Z: 2 } };
  await reads(eight, [1, 2, 2], (_t, c, z) => 4 + (1 - c) * 2 + z, {
    ...options,
    channels: [2, 1],
    frames: [2],
  });
  await refuses({ channels: [2] }, /no 2 among the channels: the file has 1, from 1/);
  await refuses({ frames: [0] }, /no 0 among the frames/);
  await refuses({ channels: [1, 1] }, /name one twice/);
  await refuses({ channels: [] }, /No channels are chosen/);
});

Deno.test("a digest of chosen channels is that of a file which has only them", async () => {
  const colours: PageFixture[] = [0, 1].map((z) => ({
    width: 2,
    height: 1,
    samples: 3,
    fields: { 262: { shorts: [2] } },
    blocks: [Uint8Array.of(z, 10 + z, 20 + z, z + 1, 11 + z, 21 + z)],
  }));
  const green: PageFixture[] = [0, 1].map((z) => ({
    width: 2,
    height: 1,
    blocks: [Uint8Array.of(10 + z, 11 + z)],
  }));
  const chosen = await stackDigest(bytesSource(buildTiff(colours)), { channels: [2] });
  assert.deepEqual(chosen, await stackDigest(bytesSource(buildTiff(green))));
});

Deno.test("the main series is the one with most slices, and others are listed", async () => {
  const preview = { width: 2, height: 2, blocks: [Uint8Array.of(1, 2, 3, 4)] };
  const bytes = buildTiff([preview, ...numberedPages(3)]);
  const info = await reads(bytes, [1, 1, 3], (_t, _c, z) => z);
  assert.equal(info.seriesNumber, 2);
  assert.deepEqual(info.series?.map(({ sizes }) => [sizes.z, sizes.y, sizes.x]), [
    [1, 2, 2],
    [3, 3, 5],
  ]);
  const first = await openStack(bytesSource(bytes), { series: 1 });
  assert.deepEqual([...await first.readSlice(0, 0, 0)], [1, 2, 3, 4]);
  await refuses({ series: 3 }, /no 3 among the series: the file has 2/, bytes);
});

Deno.test("transparency is carried as a channel that is named as such", async () => {
  const rgba = (extra: number): PageFixture[] => [{
    width: 1,
    height: 1,
    samples: 4,
    fields: { 262: { shorts: [2] }, 338: { shorts: [extra] } },
    blocks: [Uint8Array.of(1, 2, 3, 255)],
  }];
  const alpha = async (extra: number, options: StackOptions = {}) =>
    (await openStack(bytesSource(buildTiff(rgba(extra))), options)).info.alpha;
  assert.equal(await alpha(2), 3);
  assert.equal(await alpha(1), 3);
  assert.equal(await alpha(0), undefined);
  assert.equal(await alpha(2, { channels: [4, 1] }), 0);
  assert.equal(await alpha(2, { channels: [1] }), undefined);
});

Deno.test("a stack of one slice says what else it has, and how to make slices of that", () => {
  assert.match(render(singleSliceHint({ t: 6, c: 1 })), /6 frames .* slices, say so with axes/);
  assert.match(render(singleSliceHint({ t: 1, c: 5 })), /5 channels; .* say so with axes/);
  assert.match(render(singleSliceHint({ t: 2, c: 5 })), /2 frames and 5 channels/);
  assert.match(render(singleSliceHint({ t: 1, c: 1 })), /open them together: sequence/);
});

Deno.test("OME-TIFF's second file may hold the whole description, or only name the first", async () => {
  const { folderSource } = await import("./reading_support.ts");
  const part = (z: number, name: string) =>
    `<TiffData FirstZ="${z}" IFD="${
      z % 2
    }" PlaneCount="1"><UUID FileName="${name}">u</UUID></TiffData>`;
  const pixels = 'SizeX="5" SizeY="3" SizeZ="4" SizeC="1" SizeT="1" Type="uint8"';
  const data = [0, 1, 2, 3].map((z) => part(z, z < 2 ? "m.ome.tif" : "m_1.ome.tif")).join("");
  const master = `<OME UUID="a"><Image><Pixels ${pixels} DimensionOrder="XYZCT">${data}</Pixels>` +
    "</Image></OME>";
  const other = '<OME UUID="b"><BinaryOnly MetadataFile="m.ome.tif" UUID="a"/></OME>';
  const pages = (from: number, text: string) =>
    numberedPages(2, { 270: text }).map((page, i) => ({ ...page, blocks: [plane(from + i)] }));
  const open = folderSource({
    "m.ome.tif": buildTiff(pages(0, master)),
    "m_1.ome.tif": buildTiff(pages(2, other)),
  });
  for (const name of ["m.ome.tif", "m_1.ome.tif"]) {
    await reads(open(name), [1, 1, 4], (_t, _c, z) => z);
  }
  const alone = bytesSource(buildTiff(pages(2, other)), "m_1.ome.tif");
  await assert.rejects(openStack(alone), {
    message: /OME-XML stands in m\.ome\.tif, which is not there: put the files side by side/,
  });
  assert.equal(numberOf(plane(3)), 3);
});
