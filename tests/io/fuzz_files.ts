import { deflate } from "./tiff_support.ts";
import {
  buildTiff,
  HEIGHT,
  numberedPages,
  type PageFixture,
  plane,
  type Storage,
  WIDTH,
} from "./tiff_builder.ts";
import { lsmInfo, microManagerFile, ndTiffFolder, stkFields } from "./vendor_fixtures.ts";

type Folder = Readonly<Record<string, Uint8Array<ArrayBuffer>>>;

/** Stacks of every kind that is read, each with its folder; the first file is the one to open. */
export async function fuzzFiles(): Promise<Readonly<Record<string, Folder>>> {
  const one = (pages: readonly PageFixture[], storage?: Storage): Folder => ({
    "a.tif": buildTiff(pages, storage),
  });
  const big = { big: true };
  const bigEndian = { littleEndian: false };
  const pixels = `SizeX="${WIDTH}" SizeY="${HEIGHT}" Type="uint8" DimensionOrder="XYCZT"`;
  const ome = (sizes: string, content: string) =>
    `<?xml version="1.0"?><OME UUID="a"><Image Name="i"><Pixels ${pixels} ${sizes} ` +
    `PhysicalSizeX="0.1" PhysicalSizeXUnit="nm">${content}</Pixels></Image></OME>`;
  const data = (z: number, file: string) =>
    `<TiffData FirstZ="${z}" IFD="${
      z % 2
    }" PlaneCount="1"><UUID FileName="${file}">b</UUID></TiffData>`;
  const set = [0, 1, 2, 3].map((z) => data(z, z < 2 ? "m.tif" : "m_1.tif")).join("");
  const sizes = 'SizeZ="3" SizeC="2" SizeT="2"';
  const colours: readonly PageFixture[] = [0, 1].map((i) => ({
    width: 2,
    height: 2,
    samples: 3,
    fields: { 262: { shorts: [2] }, 284: { shorts: [2] } },
    blocks: [0, 1, 2].map((c) => Uint8Array.of(i, c, 7, 9)),
  }));
  const compressed = await Promise.all([0, 1, 2].map(async (i): Promise<PageFixture> => ({
    width: WIDTH,
    height: HEIGHT,
    fields: { 259: { shorts: [8] }, 317: { shorts: [2] } },
    blocks: [await deflate(plane(i))],
  })));
  const packed = [0, 1, 2].map((i): PageFixture => ({
    width: WIDTH,
    height: HEIGHT,
    fields: { 259: { shorts: [32773] } },
    blocks: [Uint8Array.of(WIDTH * HEIGHT - 1, ...plane(i))],
  }));
  const together = Uint8Array.from([0, 1, 2, 3, 4, 5].flatMap((i) => [...plane(i)]));
  const stk: PageFixture = {
    width: WIDTH,
    height: HEIGHT,
    fields: {
      ...stkFields({ step: 1.5, planes: 6, wavelengths: [525, 610] }),
      279: { longs: [WIDTH * HEIGHT] },
    },
    blocks: [together],
  };
  const lsm = [0, 1, 2, 3].map((i): PageFixture => ({
    width: WIDTH,
    height: HEIGHT,
    samples: 2,
    fields: {
      284: { shorts: [2] },
      ...(i === 0 &&
        {
          34412: { bytes: lsmInfo({ littleEndian: true, x: WIDTH, y: HEIGHT, z: 2, c: 2, t: 2 }) },
        }),
    },
    blocks: [plane(2 * i), plane(2 * i + 1)],
  }));
  const scanImage = "SI.hChannels.channelSave = [1;3]\nSI.hStackManager.numSlices = 3\n" +
    "SI.hStackManager.framesPerSlice = 1\nSI.hStackManager.stackZStepSize = 2.5\n";
  const scifio = `SCIFIO=0.37.3\naxes=X,Y,Z,Channel,Time\nlengths=${WIDTH},${HEIGHT},3,2,2\n` +
    "scales=0.1,0.1,0.3,1.0,2.5\nunits=um,um,um,null,sec\n";
  const imageJ = "ImageJ=1.53t\nimages=12\nchannels=2\nslices=3\nframes=2\nhyperstack=true\n" +
    "order=zct\nunit=um\nspacing=0.5\nfinterval=2\n";
  const indexed = Array.from({ length: 6 }, (_, i) => ({ number: i, z: i % 3, c: i >= 3 ? 1 : 0 }));
  return {
    plain: one(numberedPages(5)),
    plainBig: one(numberedPages(5), { ...big, ...bigEndian }),
    imageJ: one(numberedPages(12, { 270: imageJ })),
    imageJOneDirectory: one([{
      width: WIDTH,
      height: HEIGHT,
      fields: { 270: "ImageJ=1.53t\nimages=6\nslices=6\n", 279: { longs: [WIDTH * HEIGHT] } },
      blocks: [together],
    }]),
    ome: one(numberedPages(12, { 270: ome(sizes, "<TiffData/>") }), bigEndian),
    omeSet: {
      "m.tif": buildTiff(numberedPages(2, { 270: ome('SizeZ="4" SizeC="1" SizeT="1"', set) })),
      "m_1.tif": buildTiff(numberedPages(2)),
    },
    tifffile: one(numberedPages(6, { 270: '{"shape": [2, 3, 3, 5], "axes": "TZYX"}' })),
    tifffileTruncated: one([{
      width: WIDTH,
      height: HEIGHT,
      fields: {
        270: '{"shape": [6, 3, 5], "axes": "ZYX", "truncated": true}',
        279: { longs: [WIDTH * HEIGHT] },
      },
      blocks: [together],
    }]),
    scifio: one(numberedPages(12, { 270: scifio })),
    microManager: { "a.tif": microManagerFile(indexed) },
    ndTiff: ndTiffFolder(),
    lsm: one(lsm),
    stk: one([stk]),
    scanImage: one(numberedPages(12, { 305: scanImage }), big),
    colours: one(colours),
    deflate: one(compressed),
    packBits: one(packed),
  };
}
