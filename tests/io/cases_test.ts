import assert from "assert";
import { openStack, stackDigest } from "../../src/io/tiff_reader.ts";
import { micrometres } from "../../src/io/length_units.ts";
import { TiffError } from "../../src/io/tiff_error.ts";
import { fileSource, sharedFolder } from "./tiff_support.ts";

interface Case {
  readonly file: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly sha256: string;
  readonly voxelSize?: Readonly<Record<"z" | "y" | "x", number>> & { readonly unit: string };
}

const folder = sharedFolder("cases");
const cases: readonly Case[] = folder === undefined
  ? []
  : JSON.parse(Deno.readTextFileSync(new URL("manifest.json", folder)));

for (const { file, shape, dtype, sha256, voxelSize } of cases) {
  Deno.test(`openStack() reads ${file} as the program that wrote it means it`, async () => {
    const { info } = await openStack(fileSource(folder!, file));
    const { t, c, z, y, x } = info.sizes;
    assert.deepEqual([t, c, z, y, x], shape);
    assert.equal(info.storedType, dtype);
    assert.equal((await stackDigest(fileSource(folder!, file))).sha256, sha256);
    if (voxelSize === undefined) return;
    for (const axis of ["z", "y", "x"] as const) {
      const size = info.voxelSize[axis]! * micrometres(info.voxelSize.unit)!;
      assert.ok(Math.abs(size / voxelSize[axis] - 1) < 1e-7, `${axis}: ${size}`);
    }
  });
}

const ignore = folder === undefined;

Deno.test({
  name: "openStack() opens a stack by its companion file and by each of its parts",
  ignore,
  async fn() {
    const companion = new URL("companion/", folder);
    const names = ["stack.companion.ome", ...[0, 1, 2, 3].map((z) => `stack_z${z}.ome.tif`)];
    const digests = new Set<string>();
    for (const name of names) {
      const { info } = await openStack(fileSource(companion, name));
      assert.deepEqual(info.sizes, { t: 1, c: 1, z: 4, y: 32, x: 32 });
      assert.deepEqual(info.voxelSize, { x: 0.2, y: 0.2, z: 1, unit: "µm" });
      digests.add((await stackDigest(fileSource(companion, name))).sha256);
    }
    assert.equal(digests.size, 1);
  },
});

for (const [file, axis] of [["ij_frames_only.tif", "T"], ["ij_channels_57.tif", "C"]] as const) {
  Deno.test({
    name: `openStack() reads ${file} as slices where the user says so`,
    ignore,
    async fn() {
      const before = await openStack(fileSource(folder!, file));
      const after = await openStack(fileSource(folder!, file), { axes: "ZYX" });
      const planes = before.info.sizes[axis === "T" ? "t" : "c"];
      assert.equal(after.info.sizes.z, planes);
      assert.deepEqual(
        await after.readSlice(0, 0, planes - 1),
        axis === "T"
          ? await before.readSlice(planes - 1, 0, 0)
          : await before.readSlice(0, planes - 1, 0),
      );
    },
  });
}

Deno.test({
  name: "openStack() refuses directories that overlap before it has read them all",
  ignore,
  async fn() {
    const hostile = fileSource(new URL("hostile/", folder), "quad_ifd_20000.tif");
    let read = 0;
    const counted = {
      ...hostile,
      read(offset: number, length: number) {
        read += length;
        return hostile.read(offset, length);
      },
    };
    await assert.rejects(openStack(counted), TiffError);
    assert.ok(read < 4 * hostile.size, `${read} bytes were read of ${hostile.size}`);
  },
});
