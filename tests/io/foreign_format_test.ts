import assert from "assert";
import { bytesSource } from "../../src/io/byte_source.ts";
import { openStack } from "../../src/io/tiff_reader.ts";

const text = (start: string) => new TextEncoder().encode(start.padEnd(600, " "));
const bytes = (hex: string) => {
  const all = new Uint8Array(600);
  all.set(Uint8Array.fromHex(hex));
  return all;
};
const mrc = new Uint8Array(1024);
mrc.set(new TextEncoder().encode("MAP "), 208);

/** First bytes by each format's description, and what the sentence says. */
const FORMATS: readonly (readonly [name: string, Uint8Array<ArrayBuffer>, message: RegExp])[] = [
  ["a.tif", text("ZISRAWFILE"), /Zeiss CZI file: run bfconvert/],
  ["a.dat", bytes("70000000000100002a"), /Leica LIF/],
  ["a.dat", bytes("dacebe0a"), /Nikon ND2/],
  ["a.dat", bytes("d0cf11e0a1b11ae1"), /Olympus OIB/],
  ["a.oif", text("x"), /Olympus OIF/],
  ["a.ims", bytes("894844460d0a1a0a"), /HDF5|Imaris/],
  ["a.dm3", bytes("0000000300001000000000 01".replace(" ", "")), /Gatan DM3/],
  ["a.dm4", bytes("00000004000000000000100000000001"), /Gatan DM4/],
  ["a.map", mrc, /MRC file/],
  ["a.dat", text("NRRD0004\n"), /NRRD.*Fiji/],
  ["a.h5", bytes("894844460d0a1a0a"), /HDF5 file/],
  ["a.zarr", text("{"), /Zarr store/],
  ["zarr.json", text('{"zarr_format": 3'), /Zarr store: .*OME-TIFF/],
  ["a.png", bytes("89504e470d0a1a0a"), /PNG picture/],
  ["a.tif", text("version https://git-lfs.github.com/spec/v1\n"), /Git LFS.* git lfs pull/],
];

for (const [name, start, message] of FORMATS) {
  Deno.test(`a file that is ${message.source} is called so, with what to run`, async () => {
    const error = { name: "TiffError", fault: "unsupported", message };
    await assert.rejects(openStack(bytesSource(start, name)), error);
  });
}

Deno.test("what is of no known kind is told by its first bytes", async () => {
  await assert.rejects(openStack(bytesSource(bytes("0102ffee"), "a.tif")), {
    message: /not a TIFF: it starts with the bytes 01 02 ff ee/,
  });
});
