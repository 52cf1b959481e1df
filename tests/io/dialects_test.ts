import assert from "assert";
import { bytesSource } from "../../src/io/byte_source.ts";
import { openStack } from "../../src/io/tiff_reader.ts";
import { reads, refused, STORAGES } from "./reading_support.ts";
import { buildTiff, HEIGHT, numberedPages, numberOf, plane, WIDTH } from "./tiff_builder.ts";

const ORDERS = {
  czt: [1, 2, 8],
  ctz: [1, 4, 2],
  zct: [4, 1, 8],
  ztc: [8, 1, 4],
  tcz: [2, 4, 1],
  tzc: [8, 2, 1],
};

for (const [order, [c, z, t]] of Object.entries(ORDERS)) {
  Deno.test(`ImageJ's order=${order} says which plane is which`, async () => {
    const text = `ImageJ=1.52p\nimages=16\nchannels=2\nslices=4\nframes=2\norder=${order}\n`;
    for (const storage of STORAGES) {
      const bytes = buildTiff(numberedPages(16, { 270: text }), storage);
      await reads(bytes, [2, 2, 4], (i, j, k) => i * t + j * c + k * z);
    }
  });
}

Deno.test("ImageJ's pixels an inch or a centimetre count in the unit of its text", async () => {
  const open = async (unit: number, resolution: number, text: string) => {
    const fields = {
      270: `ImageJ=1.54f\nimages=2\nslices=2\n${text}`,
      282: { rationals: [[resolution, 1]] as const },
      283: { rationals: [[resolution, 1]] as const },
      296: { shorts: [unit] },
    };
    return (await reads(buildTiff(numberedPages(2, fields)), [1, 1, 2], (_t, _c, z) => z))
      .voxelSize;
  };
  assert.deepEqual(await open(3, 40000, "unit=um\nspacing=0,5\n"), {
    x: 0.25,
    y: 0.25,
    z: 0.5,
    unit: "um",
  });
  assert.deepEqual(await open(2, 50800, "unit=micron\nspacing=2\n"), {
    x: 0.5,
    y: 0.5,
    z: 2,
    unit: "micron",
  });
  assert.deepEqual(await open(1, 4, "unit=nm\nspacing=-30\n"), {
    x: 0.25,
    y: 0.25,
    z: 30,
    unit: "nm",
  });
  assert.deepEqual(await open(2, 72, "unit=inch\nspacing=1\n"), { z: 1, unit: "inch" });
});

Deno.test("ImageJ's signed 16-bit samples are read as stored, with their calibration", async () => {
  const text = "ImageJ=1.54f\nimages=2\nslices=2\ncf=0\nc0=-32768\nc1=1\nvunit=Gray Value\n";
  const info = await reads(buildTiff(numberedPages(2, { 270: text })), [1, 1, 2], (_t, _c, z) => z);
  assert.deepEqual(info.kept?.calibration, {
    function: 0,
    coefficients: [-32768, 1],
    unit: "Gray Value",
  });
  assert.match(info.notes.join(), /32768 added/);
});

for (const order of ["XYZCT", "XYZTC", "XYCZT", "XYCTZ", "XYTZC", "XYTCZ"]) {
  Deno.test(`OME's DimensionOrder ${order} says which plane is which`, async () => {
    const sizes: Record<string, number> = { Z: 4, C: 2, T: 2 };
    const steps: Record<string, number> = {};
    let step = 1;
    for (const axis of order.slice(2)) {
      steps[axis] = step;
      step *= sizes[axis];
    }
    const text = omeText(`DimensionOrder="${order}" SizeZ="4" SizeC="2" SizeT="2"`);
    for (const storage of STORAGES) {
      const bytes = buildTiff(numberedPages(16, { 270: text }), storage);
      await reads(bytes, [2, 2, 4], (t, c, z) => t * steps.T + c * steps.C + z * steps.Z);
    }
  });
}

function omeText(pixels: string, content = "<TiffData/>"): string {
  const size = `SizeX="${WIDTH}" SizeY="${HEIGHT}" Type="uint8"`;
  return `<?xml version="1.0"?><OME><Image><Pixels ${size} ${pixels}>${content}</Pixels></Image></OME>`;
}

Deno.test("OME-XML wins where a directory holds ImageJ's text too, whichever comes first", async () => {
  const ome = omeText('DimensionOrder="XYZCT" SizeZ="4" SizeC="2" SizeT="1"');
  const imageJ = "ImageJ=1.53t\nimages=8\nslices=8\n";
  for (const texts of [[ome, imageJ], [imageJ, ome]]) {
    const bytes = buildTiff(numberedPages(8, { 270: texts }));
    const info = await reads(bytes, [1, 2, 4], (_t, c, z) => c * 4 + z);
    assert.equal(info.format, "OME-TIFF");
  }
});

Deno.test("an acquisition that was stopped has the whole frames that are there, with a note", async () => {
  const sizes = 'DimensionOrder="XYCZT" SizeZ="3" SizeC="2" SizeT="5"';
  for (const [planes, data] of [[15, "<TiffData/>"], [12, ""], [13, listed(13)]] as const) {
    const bytes = buildTiff(numberedPages(planes, { 270: omeText(sizes, data) }));
    const info = await reads(bytes, [2, 2, 3], (t, c, z) => t * 6 + z * 2 + c);
    assert.match(info.notes.join(), /stopped: 2 of 5 frames are there/);
  }
});

/** One TiffData a plane, in the order XYCZT of two channels and three slices. */
function listed(planes: number, without: readonly number[] = []): string {
  return Array.from({ length: planes }, (_, i) => i).filter((i) => !without.includes(i)).map(
    (i) => {
      const place = `FirstC="${i % 2}" FirstZ="${Math.floor(i / 2) % 3}" FirstT="${
        Math.floor(i / 6)
      }"`;
      return `<TiffData IFD="${i}" PlaneCount="1" ${place}/>`;
    },
  ).join("");
}

Deno.test("a stack with a plane missing between others is refused, or opened to be repaired", async () => {
  const sizes = 'DimensionOrder="XYCZT" SizeZ="3" SizeC="2" SizeT="1"';
  const bytes = buildTiff(numberedPages(6, { 270: omeText(sizes, listed(6, [2])) }));
  await refused(bytes, /does not hold slice 2 of channel 1 of frame 1; repair fills/);
  const reader = await openStack(bytesSource(bytes, "a.tif"), { withMissing: true });
  assert.deepEqual(reader.info.missing, [{ t: 0, c: 0, z: 1 }]);
  assert.equal(numberOf(await reader.readSlice(0, 1, 1)), 3);
  await assert.rejects(reader.readSlice(0, 0, 1), { name: "TiffError", message: /slice 2/ });
});

Deno.test("a page whose pixels were never written is a plane that is missing", async () => {
  const pages = numberedPages(4);
  const empty = { ...pages[1], fields: { 273: { longs: [0] }, 279: { longs: [0] } } };
  const bytes = buildTiff(pages.with(1, empty));
  await refused(bytes, /does not hold slice 2/);
  const { info } = await openStack(bytesSource(bytes, "a.tif"), { withMissing: true });
  assert.deepEqual(info.missing, [{ t: 0, c: 0, z: 1 }]);
});

Deno.test("a stack none of whose pixels were written is refused, to be repaired or not", async () => {
  const empty = { 273: { longs: [0] }, 279: { longs: [0] } };
  const bytes = buildTiff(numberedPages(3).map((page) => ({ ...page, fields: empty })));
  for (const withMissing of [false, true]) {
    await assert.rejects(openStack(bytesSource(bytes, "a.tif"), { withMissing }), {
      name: "TiffError",
      message: /none of its planes is there/,
    });
  }
});

Deno.test("SCIFIO's text names the axes, the fastest first, with their scales", async () => {
  const text = `SCIFIO=0.37.3\naxes=X,Y,Z,Channel,Time\nlengths=${WIDTH},${HEIGHT},4,2,2\n` +
    "scales=0.1,0.1,0.3,1.0,2.5\nunits=um,um,um,null,sec\nbitsPerPixel=8\nimages=16\n" +
    "channels=2\nslices=4\nframes=2\nhyperstack=true\nmode=composite\nunit=um\n";
  for (const storage of STORAGES) {
    const bytes = buildTiff(numberedPages(16, { 270: text }), storage);
    const info = await reads(bytes, [2, 2, 4], (t, c, z) => t * 8 + c * 4 + z);
    assert.deepEqual(info.voxelSize, { x: 0.1, y: 0.1, z: 0.3, unit: "um" });
    assert.deepEqual(info.frameInterval, { value: 2.5, unit: "sec" });
  }
  await refused(
    buildTiff(numberedPages(16, { 270: text.replace("Time", "Lifetime") })),
    /written by SCIFIO TIFF, and the axis Lifetime is not known here; .* axes/,
  );
});

Deno.test("pages of one size and type belong together whatever their strips", async () => {
  const pages = numberedPages(4).with(1, {
    width: WIDTH,
    height: HEIGHT,
    fields: { 278: { shorts: [1] } },
    blocks: [0, 1, 2].map((row) => plane(1).subarray(row * WIDTH, (row + 1) * WIDTH)),
  });
  await reads(buildTiff(pages), [1, 1, 4], (_t, _c, z) => z);
});

Deno.test("the resolution of a screen is not a voxel size", async () => {
  const fields = (unit: number, resolution: number) => ({
    282: { rationals: [[resolution, 100]] as const },
    283: { rationals: [[resolution, 100]] as const },
    296: { shorts: [unit] },
  });
  for (const [unit, resolution] of [[2, 7200], [2, 9600], [3, 2835], [3, 3780]]) {
    const bytes = buildTiff(numberedPages(2, fields(unit, resolution)));
    assert.equal((await openStack(bytesSource(bytes))).info.voxelSize.x, undefined);
  }
  const bytes = buildTiff(numberedPages(2, fields(3, 1e6)));
  assert.deepEqual((await openStack(bytesSource(bytes))).info.voxelSize, {
    x: 1e-4,
    y: 1e-4,
    unit: "cm",
  });
});
