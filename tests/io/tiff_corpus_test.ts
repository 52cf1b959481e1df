import assert from "assert";
import { createHash } from "node:crypto";
import { openStack, stackDigest } from "../../src/io/tiff_reader.ts";
import { TiffError } from "../../src/io/tiff_error.ts";
import { fileSource, sharedFolder } from "./tiff_support.ts";

interface Listed {
  readonly file: string;
  readonly kind: "valid" | "damaged";
  readonly shape: readonly number[];
  readonly sha: string;
}

/** Valid files that are refused, and the words that say why. */
const REFUSED = new Map([
  ["lzma_u16.tif", /LZMA, which is not supported/],
  ["lerc_f32.tif", /LERC, which is not supported/],
  ["be_deflate_pred3_tiled_f32.tif", /floating-point predictor \(3\) in a big-endian file/],
]);

const folder = sharedFolder("tiffs");
const files: Listed[] = folder === undefined
  ? []
  : JSON.parse(Deno.readTextFileSync(new URL("manifest.json", folder)));

for (const { file, kind, shape, sha } of files) {
  const refusal = REFUSED.get(file);
  if (kind === "damaged") {
    Deno.test(`stackDigest() says what is wrong with ${file}`, async () => {
      await assert.rejects(stackDigest(fileSource(folder!, file)), (error) => {
        assert.ok(error instanceof TiffError, String(error));
        assert.ok(error.message.startsWith(`Cannot read ${file}: `), error.message);
        return true;
      });
    });
  } else if (refusal !== undefined) {
    Deno.test(`openStack() refuses ${file} by name`, async () => {
      const error = { name: "TiffError", fault: "unsupported", message: refusal };
      await assert.rejects(openStack(fileSource(folder!, file)), error);
    });
  } else {
    Deno.test(`stackDigest() equals the manifest's for ${file}`, async () => {
      const { sha256 } = await stackDigest(fileSource(folder!, file));
      assert.equal(sha256.slice(0, 16), sha);
    });
    Deno.test(`readSlice() reads every slice of ${file}`, async () => {
      const reader = await openStack(fileSource(folder!, file));
      const { t, c, z, y, x } = reader.info.sizes;
      assert.equal(t * c * z * y * x, shape.reduce((product, size) => product * size));
      // ImageJ's planes are in the order TZC; the one hyperstack in OME-TIFF here is in TCZ.
      const byChannel = reader.info.format !== "ImageJ hyperstack";
      const hash = createHash("sha256");
      for (let i = 0; i < t * c * z; i++) {
        const rest = i % (c * z);
        const channel = byChannel ? Math.floor(rest / z) : rest % c;
        const plane = byChannel ? rest % z : Math.floor(rest / c);
        const slice = await reader.readSlice(Math.floor(i / (c * z)), channel, plane);
        assert.equal(slice.length, y * x);
        hash.update(new Uint8Array(slice.buffer));
      }
      const asStored = reader.info.sampleType === reader.info.storedType;
      if (asStored && !reader.info.notes.some((note) => note.startsWith("RGB"))) {
        assert.equal(hash.digest("hex").slice(0, 16), sha);
      }
    });
  }
}

Deno.test({
  name: "openStack() reads axes, voxel size, interval and channel names",
  ignore: folder === undefined,
  fn: async () => {
    const imageJ = (await openStack(fileSource(folder!, "ij_tzcyx_uint16.tif"))).info;
    assert.deepEqual(imageJ.sizes, { t: 2, c: 3, z: 5, y: 48, x: 64 });
    assert.deepEqual(imageJ.frameInterval, { value: 2.5, unit: "s" });
    assert.equal(imageJ.voxelSize.z, 0.3);
    assert.ok(Math.abs(imageJ.voxelSize.x! - 0.108) < 1e-9);
    const ome = (await openStack(fileSource(folder!, "ome_tczyx_uint16.ome.tif"))).info;
    assert.deepEqual(ome.sizes, { t: 2, c: 2, z: 6, y: 48, x: 64 });
    assert.deepEqual(ome.voxelSize, { x: 0.108, y: 0.108, z: 0.3, unit: "µm" });
    assert.deepEqual(ome.channelNames, ["DAPI", "GFP"]);
    const escaped = (await openStack(fileSource(folder!, "ij_latin1_unit.tif"))).info;
    assert.deepEqual(escaped.voxelSize, { x: 1, y: 1, z: 0.25, unit: "µm" });
  },
});

Deno.test({
  name: "readSlice() takes the channels of an RGB page apart, chunky and planar alike",
  ignore: folder === undefined,
  fn: async () => {
    const chunky = await openStack(fileSource(folder!, "rgb_contig_u8.tif"));
    const planar = await openStack(fileSource(folder!, "rgb_planar_u8.tif"));
    assert.deepEqual(chunky.info.notes, ["RGB read as three channels"]);
    for (const c of [0, 1, 2]) {
      assert.deepEqual(await chunky.readSlice(0, c, 2), await planar.readSlice(0, c, 2));
    }
  },
});

Deno.test({
  name: "openStack() says in a note what it leaves aside",
  ignore: folder === undefined,
  fn: async () => {
    const mixed = (await openStack(fileSource(folder!, "multi_series_mixed.tif"))).info;
    assert.match(mixed.notes.join(), /series 1 of 3 was read; .* 2: 1 x 1 x 6 x 64 x 96 uint8/);
    const two = (await openStack(fileSource(folder!, "ome_two_images.ome.tif"))).info;
    assert.match(two.notes.join(), /series 1 of 2 was read/);
  },
});

const STACKS = {
  em_fibsem_fly_medulla_a: { z: 100, y: 250, x: 250, voxel: [0.01, 0.01, 0.01] },
  membrane_plant_meristem: { z: 59, y: 448, x: 448, voxel: [undefined, 0.2003, 0.2003] },
  nuclei_cultured_cells_a: { z: 28, y: 512, x: 512, voxel: [0.3, 0.267, 0.267] },
  brightfield_hipsc_a: { z: 57, y: 200, x: 341, voxel: [0.29, 0.3314, 0.2935] },
  neuropil_fly_brain: { z: 50, y: 256, x: 256, voxel: [3.947, 2.676, 2.676] },
  golgi_16bit: { z: 25, y: 137, x: 147, voxel: [0.3876, 0.3514, 0.3514] },
};
const stacks = sharedFolder("data");

for (const [name, { z, y, x, voxel }] of Object.entries(STACKS)) {
  Deno.test({
    name: `openStack() reads ${name} with the voxel size that it was published with`,
    ignore: stacks === undefined,
    fn: async () => {
      const reader = await openStack(fileSource(stacks!, `${name}.tif`));
      assert.deepEqual(reader.info.sizes, { t: 1, c: 1, z, y, x });
      const { unit, ...sizes } = reader.info.voxelSize;
      assert.equal(unit, "um");
      const close = (a: number | undefined, b: number | undefined) =>
        a === b || Math.abs(a! - b!) < 5e-4;
      assert.ok([sizes.z, sizes.y, sizes.x].every((size, i) => close(size, voxel[i])));
      assert.equal((await reader.readSlice(0, 0, z - 1)).length, y * x);
    },
  });
}
