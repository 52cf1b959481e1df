import assert from "assert";
import { bytesSource } from "../../src/io/byte_source.ts";
import type { StackOutput } from "../../src/io/stack_output.ts";
import { openStack } from "../../src/io/tiff_reader.ts";
import { createStackWriter } from "../../src/io/tiff_writer.ts";
import type { SampleType, Slice } from "../../src/stack/stack.ts";
import { MemorySink } from "./tiff_support.ts";

const ARRAYS = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array };
const SIZES = { t: 2, c: 3, z: 4, y: 5, x: 7 };

function output(format: "imagej" | "ome", sampleType: SampleType = "uint16"): StackOutput {
  return {
    format,
    sizes: SIZES,
    sampleType,
    voxelSize: { x: 0.108, y: 0.1083333, z: 0.3, unit: "µm" },
    frameInterval: { value: 2.5, unit: "s" },
    channelNames: ["DAPI", "GFP & <friends>", "Cy5"],
    extras: { "zaugnet.model": "größe\\a.pt", "zaugnet.normalization": "stack" },
    min: 1,
    max: 99,
  };
}

/** The slice at t, c, z: values that tell it from every other. */
function slice({ sizes, sampleType }: StackOutput, t: number, c: number, z: number): Slice {
  return new ARRAYS[sampleType](sizes.x * sizes.y).map((_, i) =>
    (t * 60 + c * 20 + z * 5 + i) % 256
  );
}

async function write(stack: StackOutput, classicBytes?: number) {
  const sink = new MemorySink();
  const writer = createStackWriter(sink, stack, { classicBytes });
  const { sizes } = stack;
  for (let t = 0; t < sizes.t; t++) {
    for (let z = 0; z < sizes.z; z++) {
      for (let c = 0; c < sizes.c; c++) await writer.writeSlice(slice(stack, t, c, z));
    }
  }
  await writer.close();
  assert.equal(sink.bytes.length, writer.bytes);
  return sink;
}

async function readsBack(stack: StackOutput, bytes: Uint8Array<ArrayBuffer>) {
  const reader = await openStack(bytesSource(bytes));
  assert.deepEqual(reader.info.sizes, stack.sizes);
  assert.equal(reader.info.sampleType, stack.sampleType);
  assert.deepEqual(reader.info.voxelSize, stack.voxelSize);
  assert.deepEqual(reader.info.frameInterval, stack.frameInterval);
  assert.deepEqual(reader.info.extras, stack.extras);
  assert.deepEqual(reader.info.notes, []);
  const { sizes } = stack;
  for (let t = 0; t < sizes.t; t++) {
    for (let z = 0; z < sizes.z; z++) {
      for (let c = 0; c < sizes.c; c++) {
        assert.deepEqual(await reader.readSlice(t, c, z), slice(stack, t, c, z));
      }
    }
  }
  return reader.info;
}

for (const sampleType of ["uint8", "uint16", "float32"] as const) {
  Deno.test(`an ImageJ stack of ${sampleType} reads back as it was written`, async () => {
    const stack = output("imagej", sampleType);
    const info = await readsBack(stack, (await write(stack)).bytes);
    assert.equal(info.format, "ImageJ hyperstack");
  });

  Deno.test(`an OME-TIFF of ${sampleType} reads back as it was written`, async () => {
    const stack = output("ome", sampleType);
    const info = await readsBack(stack, (await write(stack)).bytes);
    assert.equal(info.format, "OME-TIFF");
    assert.deepEqual(info.channelNames, stack.channelNames);
  });
}

Deno.test("an ImageJ stack that is too large has one directory and contiguous planes", async () => {
  const stack = output("imagej");
  const { bytes } = await write(stack, 1000);
  const view = new DataView(bytes.buffer);
  const fields = view.getUint16(8, true);
  assert.equal(view.getUint32(8 + 2 + 12 * fields, true), 0);
  await readsBack(stack, bytes);
});

Deno.test("an OME-TIFF that is too large is a BigTIFF", async () => {
  const stack = output("ome");
  const { bytes } = await write(stack, 1000);
  assert.equal(bytes[2], 43);
  await readsBack(stack, bytes);
});

Deno.test("createStackWriter() decides for 4 GB by the size of the whole file", () => {
  const sizes = { t: 1, c: 1, z: 1024, y: 2048, x: 1024 };
  const large = (format: "imagej" | "ome") => ({ ...output(format, "uint16"), sizes });
  const pixels = 2 ** 32;
  // One directory or a thousand: the header tells them apart.
  const imageJ = createStackWriter(new MemorySink(), large("imagej")).bytes - pixels;
  assert.ok(imageJ < 1000, `${imageJ} bytes before the pixels`);
  const ome = createStackWriter(new MemorySink(), large("ome")).bytes - pixels;
  assert.ok(ome > 1024 * 200, `${ome} bytes before the pixels`);
});

Deno.test("createStackWriter() refuses a plane that ImageJ's format cannot hold", () => {
  const sizes = { t: 1, c: 1, z: 1, y: 65536, x: 65536 };
  const create = () => createStackWriter(new MemorySink(), { ...output("imagej"), sizes });
  assert.throws(create, { name: "InputError", message: /write OME-TIFF/ });
});

Deno.test("writeSlice() passes each slice on at once", async () => {
  const { pieces } = await write(output("imagej"));
  assert.deepEqual(pieces.slice(1).map((piece) => piece.length), new Array(24).fill(70));
});

Deno.test("writeSlice() refuses another type, another size and one slice too many", async () => {
  const stack = { ...output("imagej"), sizes: { t: 1, c: 1, z: 1, y: 5, x: 7 } };
  const writer = createStackWriter(new MemorySink(), stack);
  await assert.rejects(writer.writeSlice(new Uint8Array(35)), /uint8 of 35 samples/);
  await assert.rejects(writer.writeSlice(new Uint16Array(34)), /uint16 of 34 samples/);
  await writer.writeSlice(new Uint16Array(35));
  await assert.rejects(writer.writeSlice(new Uint16Array(35)), /more than 1 slices/);
});

Deno.test("close() refuses a stack with missing slices", async () => {
  const writer = createStackWriter(new MemorySink(), output("ome"));
  await assert.rejects(writer.close(), /0 of 24 slices/);
});

Deno.test("createStackWriter() refuses keys that ImageJ would take for its own", () => {
  const create = () =>
    createStackWriter(new MemorySink(), { ...output("imagej"), extras: { slices: "3" } });
  assert.throws(create, { name: "InputError", message: /"slices"/ });
});

const PYTHON = "/usr/bin/python3";
const script = `
import json, sys, tifffile
with tifffile.TiffFile(sys.argv[1]) as tiff:
    series, page = tiff.series[0], tiff.pages[0]
    tags = {name: page.tags[name].value for name in ("XResolution", "YResolution")}
    print(json.dumps({
        "axes": series.axes, "shape": series.shape, "dtype": str(series.dtype),
        "imagej": tiff.imagej_metadata, "ome": tiff.ome_metadata, "big": tiff.is_bigtiff,
        "pages": len(tiff.pages), "tags": tags, "values": series.asarray().ravel().tolist(),
    }))
`;

function runTifffile(...args: string[]) {
  const { success, stdout, stderr } = new Deno.Command(PYTHON, { args }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

function tifffileIsHere(): boolean {
  try {
    runTifffile("-c", "import tifffile");
    return true;
  } catch {
    console.warn("SKIPPED: the tests against tifffile: python3 with tifffile is not installed");
    return false;
  }
}
const ignore = !tifffileIsHere();

async function throughTifffile(stack: StackOutput, classicBytes?: number) {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/${stack.format === "ome" ? "a.ome.tif" : "a.tif"}`;
    await Deno.writeFile(path, (await write(stack, classicBytes)).bytes);
    return JSON.parse(runTifffile("-c", script, path));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** All values, with the axes in the order that tifffile gives them. */
function values(stack: StackOutput, axes: string): number[] {
  const all: number[] = [];
  const { sizes } = stack;
  for (let t = 0; t < sizes.t; t++) {
    const [outer, inner] = axes === "TZCYX" ? [sizes.z, sizes.c] : [sizes.c, sizes.z];
    for (let i = 0; i < outer; i++) {
      for (let j = 0; j < inner; j++) {
        const [z, c] = axes === "TZCYX" ? [i, j] : [j, i];
        all.push(...slice(stack, t, c, z));
      }
    }
  }
  return all;
}

for (const [kind, classicBytes] of [["an ordinary", undefined], ["a very large", 1000]] as const) {
  for (const sampleType of ["uint8", "uint16", "float32"] as const) {
    Deno.test(
      { name: `tifffile reads ${kind} ImageJ stack of ${sampleType}`, ignore },
      async () => {
        const stack = output("imagej", sampleType);
        const read = await throughTifffile(stack, classicBytes);
        assert.equal(read.axes, "TZCYX");
        assert.deepEqual(read.shape, [2, 4, 3, 5, 7]);
        assert.equal(read.dtype, sampleType);
        assert.equal(read.pages, classicBytes === undefined ? 24 : 1);
        const { spacing, unit, finterval, hyperstack, mode, min, max } = read.imagej;
        assert.deepEqual({ spacing, finterval, hyperstack }, {
          spacing: 0.3,
          finterval: 2.5,
          hyperstack: true,
        });
        assert.deepEqual({ unit, mode, min, max }, {
          unit: "\\u00B5m",
          mode: "composite",
          min: 1,
          max: 99,
        });
        assert.equal(read.imagej["zaugnet.normalization"], "stack");
        const [numerator, denominator] = read.tags.YResolution;
        assert.ok(Math.abs(denominator / numerator / 0.1083333 - 1) < 1e-6);
        assert.deepEqual(read.values, values(stack, "TZCYX"));
      },
    );

    Deno.test({ name: `tifffile reads ${kind} OME-TIFF of ${sampleType}`, ignore }, async () => {
      const stack = output("ome", sampleType);
      const read = await throughTifffile(stack, classicBytes);
      assert.equal(read.big, classicBytes !== undefined);
      assert.equal(read.axes, "TZCYX");
      assert.deepEqual(read.shape, [2, 4, 3, 5, 7]);
      assert.equal(read.dtype, sampleType);
      assert.match(read.ome, /PhysicalSizeZ="0\.3" PhysicalSizeZUnit="µm"/);
      assert.match(read.ome, /<M K="zaugnet\.normalization">stack<\/M>/);
      assert.deepEqual(read.values, values(stack, "TZCYX"));
    });
  }
}
