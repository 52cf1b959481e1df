import assert from "assert";
import { folderSource, reads, refused } from "./reading_support.ts";
import { buildTiff, HEIGHT, numberedPages, plane, WIDTH } from "./tiff_builder.ts";
import { lsmInfo, microManagerFile, ndTiffFolder, stkFields } from "./vendor_fixtures.ts";

Deno.test("Zeiss LSM's table says time and depth, its pages hold the channels", async () => {
  const thumbnail = {
    width: 2,
    height: 1,
    samples: 2,
    fields: { 254: { longs: [1] }, 284: { shorts: [2] }, 273: undefined },
    blocks: [],
  };
  for (const littleEndian of [true, false]) {
    const info = lsmInfo({ littleEndian, x: WIDTH, y: HEIGHT, z: 2, c: 2, t: 2 });
    const pages = [0, 1, 2, 3].flatMap((i) => [
      {
        width: WIDTH,
        height: HEIGHT,
        samples: 2,
        fields: {
          284: { shorts: [2] },
          254: { longs: [0] },
          ...(i === 0 && { 34412: { bytes: info } }),
        },
        blocks: [plane(2 * i), plane(2 * i + 1)],
      },
      {
        ...thumbnail,
        fields: { ...thumbnail.fields, 273: { longs: [8, 8] }, 279: { longs: [2, 2] } },
      },
    ]);
    const read = await reads(
      buildTiff(pages, { littleEndian }),
      [2, 2, 2],
      (t, c, z) => t * 4 + z * 2 + c,
    );
    assert.deepEqual(read.voxelSize, { x: 0.09, y: 0.1, z: 0.45, unit: "um" });
    assert.equal(read.format, "Zeiss LSM");
  }
});

Deno.test("MetaMorph's tags tell slices, times and wavelengths of one directory's planes", async () => {
  const one = (fields: ReturnType<typeof stkFields>, planes: number) =>
    buildTiff([{
      width: WIDTH,
      height: HEIGHT,
      fields: { ...fields, 279: { longs: [WIDTH * HEIGHT] } },
      blocks: [Uint8Array.from(Array.from({ length: planes }, (_, i) => [...plane(i)]).flat())],
    }]);
  const slices = await reads(
    one(stkFields({ step: 1.5, planes: 6 }), 6),
    [1, 1, 6],
    (_t, _c, z) => z,
  );
  assert.equal(slices.voxelSize.z, 1.5);
  await reads(one(stkFields({ step: 0, planes: 6 }), 6), [6, 1, 1], (t) => t);
  const colours = stkFields({ step: 0.5, planes: 6, wavelengths: [525, 610] });
  const two = await reads(one(colours, 6), [1, 2, 3], (_t, c, z) => z * 2 + c);
  assert.deepEqual(two.channelNames, ["525 nm", "610 nm"]);
  const mixed = stkFields({ step: 0.5, planes: 6, wavelengths: [525, 610, 525, 525, 610, 525] });
  await refused(one(mixed, 6), /written by MetaMorph STK, and its wavelengths follow no order/);
});

Deno.test("ScanImage interleaves channels, then slices, then volumes", async () => {
  const text = "SI.VERSION_MAJOR = 2020\nSI.hChannels.channelSave = [1;3]\n" +
    "SI.hStackManager.enable = true\nSI.hStackManager.numSlices = 4\n" +
    "SI.hStackManager.framesPerSlice = 1\nSI.hStackManager.stackZStepSize = 2.5\n";
  const bytes = buildTiff(numberedPages(16, { 305: text }), { big: true });
  const info = await reads(bytes, [2, 2, 4], (t, c, z) => t * 8 + z * 2 + c);
  assert.equal(info.voxelSize.z, 2.5);
  const repeated = text.replace("framesPerSlice = 1", "framesPerSlice = 2");
  await reads(
    buildTiff(numberedPages(16, { 305: repeated }), { big: true }),
    [2, 2, 4],
    (t, c, z) => z * 4 + t * 2 + c,
  );
  await refused(
    buildTiff(numberedPages(16, { 305: text.replace(/SI.hCh.*\n/, "") }), { big: true }),
    /written by ScanImage, and it does not say which channels were saved/,
  );
});

Deno.test("a mark of a program whose planes are not understood is refused by name", async () => {
  await refused(buildTiff(numberedPages(4, { 34361: { longs: [1, 2] } })), /by Olympus FluoView/);
  await refused(buildTiff(numberedPages(4, { 270: "Aperio Image Library" })), /by Aperio/);
  const axes = '{"shape": [2, 3, 3, 5], "axes": "QIYX"}';
  await refused(buildTiff(numberedPages(6, { 270: axes })), /by TIFF of tifffile, .*Q 2, I 3/);
  await reads(
    buildTiff(numberedPages(6, { 270: axes })),
    [2, 1, 3],
    (t, _c, z) => t * 3 + z,
    { axes: "TZYX", sizes: { Z: 3 } },
  );
  await reads(buildTiff(numberedPages(1, { 34361: { longs: [1, 2] } })), [1, 1, 1], () => 0);
});

Deno.test("Micro-Manager's index says which plane is which, over all files of a set", async () => {
  // Time first, then channels, then depth, as it may have been acquired.
  const planes = Array.from({ length: 12 }, (_, i) => ({
    number: i,
    z: i % 3,
    c: Math.floor(i / 3) % 2,
    t: Math.floor(i / 6),
  }));
  for (const littleEndian of [true, false]) {
    const files = {
      "a_MMStack.ome.tif": microManagerFile(planes.slice(0, 7), { littleEndian }),
      "a_MMStack_1.ome.tif": microManagerFile(planes.slice(7), { littleEndian }),
    };
    for (const name of Object.keys(files)) {
      const info = await reads(
        folderSource(files)(name),
        [2, 2, 3],
        (t, c, z) => t * 6 + c * 3 + z,
      );
      assert.deepEqual(info.voxelSize, { x: 0.13, y: 0.13, z: 0.4, unit: "um" });
      assert.deepEqual(info.channelNames, ["DAPI", "GFP"]);
      assert.equal(info.format, "Micro-Manager");
    }
  }
});

Deno.test("each position of Micro-Manager is a series", async () => {
  const planes = Array.from({ length: 8 }, (_, i) => ({ number: i, z: i >> 1, position: i % 2 }));
  const file = folderSource({ "a.tif": microManagerFile(planes) })("a.tif");
  await reads(file, [1, 1, 4], (_t, _c, z) => 2 * z);
  const info = await reads(file, [1, 1, 4], (_t, _c, z) => 2 * z + 1, { series: 2 });
  assert.equal(info.series?.length, 2);
  assert.equal(info.seriesNumber, 2);
});

Deno.test("Micro-Manager's JSON of each plane says what it is, and a plane without is refused", async () => {
  const json = (z: number, c: number) =>
    JSON.stringify({ SliceIndex: z, ChannelIndex: c, FrameIndex: 0, PixelSizeUm: 0.2 });
  const pages = numberedPages(6).map((page, i) => ({
    ...page,
    fields: { 51123: json(i % 3, Math.floor(i / 3)) },
  }));
  const info = await reads(buildTiff(pages), [1, 2, 3], (_t, c, z) => c * 3 + z);
  assert.equal(info.voxelSize.x, 0.2);
  const silent = pages.with(2, { ...pages[2], fields: { 51123: "{}" } });
  await refused(buildTiff(silent), /written by Micro-Manager, and its planes do not say what/);
});

Deno.test("NDTiff's index says which plane is which, by numbers and by names", async () => {
  const folder = ndTiffFolder();
  for (const name of ["a_NDTiffStack.tif", "a_NDTiffStack_1.tif"]) {
    const info = await reads(
      folderSource(folder)(name),
      [2, 2, 2],
      (t, c, z) => t * 4 + z * 2 + c,
    );
    assert.deepEqual(info.channelNames, ["Cy5", "DAPI"]);
    assert.deepEqual(info.voxelSize, { x: 0.2, y: 0.2, z: 1.5, unit: "um" });
  }
  const { "NDTiff.index": _, ...alone } = folder;
  await refused(alone["a_NDTiffStack.tif"], /NDTiff of Micro-Manager, and its NDTiff.index is not/);
});

Deno.test("of a set of positions, the file that was opened decides which stack is read", async () => {
  const pixels = 'SizeX="5" SizeY="3" SizeZ="2" SizeC="1" SizeT="1" Type="uint8"';
  const image = (name: string) => {
    const uuid = `<UUID FileName="${name}">u</UUID>`;
    const data = [0, 1].map((z) =>
      `<TiffData FirstZ="${z}" IFD="${z}" PlaneCount="1">${uuid}</TiffData>`
    );
    return `<Image><Pixels ${pixels} DimensionOrder="XYZCT">${data.join("")}</Pixels></Image>`;
  };
  const names = ["a_MMStack_Pos0.ome.tif", "a_MMStack_Pos1.ome.tif"];
  const texts = [
    `<OME UUID="a">${names.map(image).join("")}</OME>`,
    `<OME UUID="b"><BinaryOnly MetadataFile="${names[0]}" UUID="a"/></OME>`,
  ];
  const files = Object.fromEntries(names.map((name, i) => {
    const pages = numberedPages(2, { 270: texts[i] })
      .map((page, z) => ({ ...page, blocks: [plane(2 * i + z)] }));
    return [name, buildTiff(pages)];
  }));
  const open = folderSource(files);
  await reads(open(names[0]), [1, 1, 2], (_t, _c, z) => z);
  const info = await reads(open(names[1]), [1, 1, 2], (_t, _c, z) => 2 + z);
  assert.equal(info.seriesNumber, 2);
});
