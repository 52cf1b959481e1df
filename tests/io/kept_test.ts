import assert from "assert";
import { bytesSource } from "../../src/io/byte_source.ts";
import { carriedOver, predictedSlices } from "../../src/io/carried_over.ts";
import { colourOf, lutOf } from "../../src/io/lut.ts";
import { lostIn, type StackOutput } from "../../src/io/stack_output.ts";
import { openStack } from "../../src/io/tiff_reader.ts";
import { createStackWriter } from "../../src/io/tiff_writer.ts";
import type { Kept } from "../../src/stack/stack.ts";
import { fileSource, MemorySink, sharedFolder } from "./tiff_support.ts";

const SIZES = { t: 1, c: 2, z: 3, y: 2, x: 2 };

/** The fire colours are not a straight line from black, as few colour tables are. */
const FIRE = Uint8Array.from({ length: 768 }, (_, i) => Math.min(255, (i % 256) ** 2 >> 6));

const KEPT: Kept = {
  info: "Objective: 63x/1.4\nµ & <b>",
  labels: ["z0 DAPI", "z0 GFP", "z1 DAPI", "z1 GFP", "z2 DAPI", "z2 GFP µ"],
  display: [{ lut: lutOf([0, 0, 255]), min: 20, max: 150 }, { lut: FIRE, min: 100, max: 200.5 }],
  calibration: { function: 0, coefficients: [-32768, 1], unit: "Gray Value" },
};

async function write(format: StackOutput["format"], kept: Kept | undefined, sizes = SIZES) {
  const sink = new MemorySink();
  const writer = createStackWriter(sink, {
    format,
    sizes,
    sampleType: "uint8",
    voxelSize: { x: 0.5, y: 0.5, z: 1, unit: "um" },
    channelNames: ["DAPI", "GFP"],
    kept,
  });
  for (let i = 0; i < sizes.t * sizes.c * sizes.z; i++) await writer.writeSlice(new Uint8Array(4));
  await writer.close();
  return (await openStack(bytesSource(sink.bytes, "a.tif"))).info;
}

for (const format of ["imagej", "ome"] as const) {
  Deno.test(`an ${format} file keeps labels, colours, ranges, Info, names and calibration`, async () => {
    const { kept, channelNames } = await write(format, KEPT);
    assert.deepEqual(kept, KEPT);
    assert.deepEqual(channelNames, ["DAPI", "GFP"]);
  });
}

Deno.test("selection and overlays are kept by ImageJ's files, and OME says that they are lost", async () => {
  const kept: Kept = { roi: roi({ position: 3 }), overlays: [roi({ z: 2 }), roi({})] };
  assert.deepEqual((await write("imagej", kept)).kept, kept);
  assert.deepEqual((await write("ome", kept)).kept, undefined);
  assert.deepEqual(lostIn("imagej", kept), []);
  assert.match(lostIn("ome", kept).join(), /no place for ImageJ's selection and overlays/);
  assert.deepEqual(lostIn("ome", KEPT), []);
});

/** A rectangle by ImageJ's .roi format: big-endian, its place in the second header. */
function roi({ c = 0, z = 0, t = 0, position = 0 }): Uint8Array {
  const view = new DataView(new ArrayBuffer(64 + 64));
  new Uint8Array(view.buffer).set(new TextEncoder().encode("Iout"));
  view.setInt16(4, 228);
  view.setInt32(56, position);
  view.setInt32(60, 64);
  [c, z, t].forEach((value, i) => view.setInt32(64 + 4 + 4 * i, value));
  return new Uint8Array(view.buffer);
}

Deno.test("carriedOver() gives new slices labels of their own and moves overlays", () => {
  const sources = [0, undefined, 1, undefined, 2];
  const kept: Kept = {
    ...KEPT,
    roi: roi({ position: 4 }),
    overlays: [roi({ c: 1, z: 3, t: 1 }), roi({}), roi({ position: 5 })],
  };
  const carried = carriedOver({ sizes: SIZES, kept }, sources)!;
  assert.deepEqual(carried.labels, [
    "z0 DAPI",
    "z0 GFP",
    "predicted z:2/5",
    "predicted z:2/5",
    "z1 DAPI",
    "z1 GFP",
    "predicted z:4/5",
    "predicted z:4/5",
    "z2 DAPI",
    "z2 GFP µ",
  ]);
  // The fourth of (c, z) is channel 2 of slice 2, which is now the third slice.
  assert.deepEqual(carried.roi, roi({ position: 6 }));
  assert.deepEqual(carried.overlays, [roi({ c: 1, z: 5, t: 1 }), roi({}), roi({ position: 9 })]);
  assert.deepEqual([carried.info, carried.display], [KEPT.info, KEPT.display]);
});

Deno.test("carriedOver() leaves out the overlays of slices that are no more", () => {
  const kept: Kept = { roi: roi({ position: 3 }), overlays: [roi({ z: 2 }), roi({ z: 1 })] };
  const carried = carriedOver({ sizes: SIZES, kept }, [0, undefined, 2]);
  assert.deepEqual(carried, { overlays: [roi({ z: 1 })] });
  assert.equal(carriedOver({ sizes: SIZES }, [0]), undefined);
});

Deno.test("predictedSlices() counts from 1, and runs as one", () => {
  assert.equal(predictedSlices([0, undefined, 1, undefined, undefined, 2]), "2, 4-5");
  assert.equal(predictedSlices([0, 1]), "");
});

Deno.test("colourOf() knows the colour of a straight table, and no other", () => {
  assert.deepEqual(colourOf(lutOf([255, 128, 0])), [255, 128, 0]);
  assert.equal(colourOf(FIRE), undefined);
});

Deno.test("createStackWriter() refuses labels and colours of another count", () => {
  const create = (kept: Kept) => () =>
    createStackWriter(new MemorySink(), {
      format: "imagej",
      sizes: SIZES,
      sampleType: "uint8",
      voxelSize: { unit: "" },
      kept,
    });
  assert.throws(create({ labels: ["a"] }), { name: "InputError", message: /1 labels for 6/ });
  assert.throws(create({ display: [{}] }), {
    name: "InputError",
    message: /colours of 1 .* for 2/,
  });
});

const cases = sharedFolder("cases");

Deno.test({
  name: "labels, colours, ranges and Info of ImageJ's file go through OME-TIFF and back",
  ignore: cases === undefined,
  async fn() {
    const { info } = await openStack(fileSource(cases!, "ij_luts_labels.tif"));
    assert.deepEqual(info.kept?.labels?.slice(0, 3), ["z=0 DAPI", "z=0 GFP", "z=1 DAPI"]);
    assert.equal(info.kept?.info, "Objective: 63x/1.4");
    assert.deepEqual(info.kept?.display?.map(({ min, max }) => [min, max]), [[20, 150], [
      100,
      200,
    ]]);
    const sizes = { ...SIZES, z: 4 };
    const ome = await write("ome", info.kept, sizes);
    assert.deepEqual(ome.kept, info.kept);
    assert.deepEqual((await write("imagej", ome.kept, sizes)).kept, info.kept);
  },
});

const PYTHON = `
import json, sys, tifffile
with tifffile.TiffFile(sys.argv[1]) as imagej, tifffile.TiffFile(sys.argv[2]) as ome:
    meta = imagej.imagej_metadata
    print(json.dumps({"labels": meta["Labels"], "ranges": meta["Ranges"], "info": meta["Info"],
                      "blue": meta["LUTs"][0].tolist()[2][:3], "vunit": meta["vunit"],
                      "color": ome.ome_metadata.split('Color="')[1].split('"')[0]}))
`;

function hasTifffile(): boolean {
  try {
    const args = ["-c", "import tifffile"];
    if (new Deno.Command("/usr/bin/python3", { args }).outputSync().success) return true;
  } catch {
    // Said below.
  }
  console.warn("SKIPPED: what tifffile reads of labels and colours: it is not installed");
  return false;
}

Deno.test({
  name: "tifffile reads labels, ranges and colours as they were written",
  ignore: !hasTifffile(),
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      for (const format of ["imagej", "ome"] as const) {
        const sink = new MemorySink();
        const writer = createStackWriter(sink, {
          format,
          sizes: SIZES,
          sampleType: "uint8",
          voxelSize: { unit: "" },
          kept: KEPT,
        });
        for (let i = 0; i < 6; i++) await writer.writeSlice(new Uint8Array(4));
        await Deno.writeFile(`${folder}/${format}.tif`, sink.bytes);
      }
      const args = ["-c", PYTHON, `${folder}/imagej.tif`, `${folder}/ome.tif`];
      const { stdout, stderr, success } = new Deno.Command("/usr/bin/python3", { args })
        .outputSync();
      assert.ok(success, new TextDecoder().decode(stderr));
      assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), {
        labels: KEPT.labels,
        ranges: [20, 150, 100, 200.5],
        info: KEPT.info,
        blue: [0, 1, 2],
        vunit: "Gray Value",
        // 0x0000ffff: blue, and opaque.
        color: "65535",
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
