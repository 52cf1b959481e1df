import assert from "assert";
import { createHash } from "node:crypto";
import { openStack } from "../../src/io/tiff_reader.ts";
import { fileSource } from "./tiff_support.ts";

const PYTHON = "/usr/bin/python3";

/**
 * Stacks as tifffile writes them, and each slice's values as it reads them back: in the order T, C,
 * Z, with the samples of a pixel as channels, C faster than S.
 */
const SCRIPT = `
import hashlib, json, sys
import numpy, tifffile
folder = sys.argv[1]
cases = [
    ("TZCYX", (2, 3, 2, 4, 6), {}), ("CZYX", (2, 3, 4, 6), {}), ("ZCYX", (3, 2, 4, 6), {}),
    ("ZTYX", (3, 2, 4, 6), {}), ("ZYX", (5, 4, 6), {}), ("IYX", (5, 4, 6), {}),
    ("QYX", (5, 4, 6), {}), ("TZYX", (2, 3, 4, 6), {"bigtiff": True}),
    ("TZYX", (2, 3, 4, 6), {"byteorder": ">"}), ("CTZYX", (2, 2, 3, 4, 6), {"truncate": True}),
    ("ZYXS", (3, 4, 6, 3), {"photometric": "rgb"}),
    ("TZYXS", (2, 3, 4, 6, 3), {"photometric": "rgb"}),
    ("ZSYX", (3, 3, 4, 6), {"photometric": "rgb", "planarconfig": "separate"}),
    ("TZYX", (2, 3, 4, 6), {"compression": "zlib"}), ("ZYX", (3, 64, 64), {"tile": (32, 32)}),
]
listed = []
for i, (axes, shape, more) in enumerate(cases):
    data = (numpy.arange(numpy.prod(shape)) * 7919 % 65521).astype("uint16").reshape(shape)
    name = f"{i}_{axes}.tif"
    tifffile.imwrite(f"{folder}/{name}", data, metadata={"axes": axes},
                     photometric=more.pop("photometric", "minisblack"), **more)
    named = axes.replace("I", "Z").replace("Q", "Z")
    order = [a for a in "TCSZ" if a in named] + ["Y", "X"]
    moved = data.transpose([named.index(a) for a in order])
    size = lambda a: shape[named.index(a)] if a in named else 1
    full = moved.reshape(size("T"), size("C") * size("S"), size("Z"), size("Y"), size("X"))
    listed.append({"name": name, "shape": full.shape,
                   "sha256": hashlib.sha256(numpy.ascontiguousarray(full, "<u2")).hexdigest()})
for i, shape in enumerate([(2, 3, 4, 6), (2, 2, 3, 4, 6)]):
    tifffile.imwrite(f"{folder}/unnamed_{i}.tif", numpy.zeros(shape, "uint8"), photometric="minisblack")
tifffile.imwrite(f"{folder}/lengths.tif", numpy.zeros((4, 8, 8), "uint8"), photometric="minisblack",
                 metadata={"axes": "ZYX", "spacing": 0.3, "unit": "um"},
                 resolution=(1e5, 2e5), resolutionunit="CENTIMETER")
with tifffile.TiffWriter(f"{folder}/two.tif") as two:
    for shape in [(2, 8, 8), (5, 6, 6)]:
        two.write(numpy.zeros(shape, "uint8"), photometric="minisblack", metadata={"axes": "ZYX"})
print(json.dumps(listed))
`;

interface Written {
  readonly name: string;
  readonly shape: readonly number[];
  readonly sha256: string;
}

const folder = Deno.makeTempDirSync();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const url = new URL(`file://${folder}/`);

function write(): readonly Written[] {
  try {
    const { success, stdout, stderr } = new Deno.Command(PYTHON, { args: ["-c", SCRIPT, folder] })
      .outputSync();
    if (success) return JSON.parse(new TextDecoder().decode(stdout));
    console.warn(`SKIPPED: the stacks of tifffile: ${new TextDecoder().decode(stderr)}`);
  } catch {
    console.warn("SKIPPED: the stacks of tifffile: python3 is not installed");
  }
  return [];
}

const written = write();
const ignore = written.length === 0;

for (const { name, shape, sha256 } of written) {
  Deno.test(`openStack() reads ${name} of tifffile by its axes`, async () => {
    const { info, readSlice } = await openStack(fileSource(url, name));
    const { t, c, z, y, x } = info.sizes;
    assert.deepEqual([t, c, z, y, x], shape);
    const hash = createHash("sha256");
    for (let i = 0; i < t; i++) {
      for (let j = 0; j < c; j++) {
        for (let k = 0; k < z; k++) hash.update(new Uint8Array((await readSlice(i, j, k)).buffer));
      }
    }
    assert.equal(hash.digest("hex"), sha256);
  });
}

for (const name of ["unnamed_0.tif", "unnamed_1.tif"]) {
  Deno.test({
    name: `openStack() refuses ${name} of tifffile, whose axes nobody named`,
    ignore,
    async fn() {
      await assert.rejects(openStack(fileSource(url, name)), {
        name: "TiffError",
        message: /written by TIFF of tifffile, and what its axes are \(.*\) is not known here; say/,
      });
    },
  });
}

Deno.test({
  name: "openStack() reads the lengths that a user gave tifffile",
  ignore,
  async fn() {
    const { voxelSize } = (await openStack(fileSource(url, "lengths.tif"))).info;
    assert.equal(voxelSize.unit, "um");
    const expected = [["x", 0.1], ["y", 0.05], ["z", 0.3]] as const;
    for (const [axis, size] of expected) assert.ok(Math.abs(voxelSize[axis]! - size) < 1e-9, axis);
  },
});

Deno.test({
  name: "openStack() reads each series that tifffile wrote into one file",
  ignore,
  async fn() {
    const main = (await openStack(fileSource(url, "two.tif"))).info;
    assert.deepEqual([main.sizes.z, main.sizes.y, main.seriesNumber], [5, 6, 2]);
    const first = (await openStack(fileSource(url, "two.tif"), { series: 1 })).info;
    assert.deepEqual([first.sizes.z, first.sizes.y], [2, 8]);
  },
});
