import { bytesToHex } from "@noble/hashes/utils.js";
import type { ByteSource } from "./byte_source.ts";
import { isLfsPointer, LFS_ADVICE } from "./lfs.ts";
import { unsupported } from "./tiff_error.ts";

/** Bytes from the start in which a format shows. */
const LOOKED_AT = 512;

const TO_OME =
  "run bfconvert on it (bfconvert IN OUT.ome.tif), or open it in Fiji and save it as TIFF";
const TO_ZARR_OR_OME = "run bfconvert or bioformats2raw on it, or export it from Fiji as OME-TIFF";

interface Foreign {
  readonly name: string;
  readonly advice: string;
  /** Its first bytes, as hexadecimal digits. */
  readonly start?: RegExp;
  /** Its file's name. */
  readonly file?: RegExp;
}

/** Formats of microscopes and their programs that are not TIFF, by first bytes or name. */
const FOREIGN: readonly Foreign[] = [
  { name: "a Zeiss CZI file", advice: TO_OME, start: textStart("ZISRAWFILE"), file: /\.czi$/i },
  {
    name: "a Leica LIF file",
    advice: TO_OME,
    start: /^70000000.{8}2a/,
    file: /\.(lif|lof|xlef)$/i,
  },
  {
    name: "a Nikon ND2 file",
    advice: TO_OME,
    start: /^(dacebe0a|0000000c6a502020)/,
    file: /\.nd2$/i,
  },
  {
    name: "an Olympus OIB file",
    advice: TO_OME,
    start: /^d0cf11e0a1b11ae1/,
    file: /\.oib$/i,
  },
  {
    name: "an Olympus OIF file",
    advice: TO_OME,
    file: /\.oif$/i,
    start: /^fffe5b00460069006c006500/,
  },
  { name: "an Olympus VSI file", advice: TO_OME, file: /\.(vsi|ets)$/i },
  { name: "an Imaris file (IMS, in HDF5)", advice: TO_ZARR_OR_OME, file: /\.ims$/i },
  {
    name: "a Gatan DM3 file",
    advice: TO_OME,
    start: /^00000003.{8}0000000[01]/,
    file: /\.dm3$/i,
  },
  {
    name: "a Gatan DM4 file",
    advice: TO_OME,
    start: /^00000004.{16}0000000[01]/,
    file: /\.dm4$/i,
  },
  {
    name: "an MRC file",
    advice: "run bfconvert on it, or mrc2tif of IMOD",
    start: /^.{416}4d4150(20|00)/,
    file: /\.(mrcs?|rec|st)$/i,
  },
  {
    name: "an NRRD file",
    advice: "save it as TIFF in Fiji",
    start: textStart("NRRD0"),
    file: /\.(nrrd|nhdr)$/i,
  },
  {
    name: "an HDF5 file",
    advice: "export it as TIFF in Fiji (HDF5 plugin) or with h5py and tifffile",
    start: /^894844460d0a1a0a/,
    file: /\.(h5|hdf5|he5)$/i,
  },
  {
    name: "a part of a Zarr store",
    advice: "export it as OME-TIFF in Fiji or napari, or with raw2ometiff",
    start: textStart('{"zarr_format"'),
    file: /(\.zarr|\.zarr\.zip|[/\\]?(\.zarray|\.zattrs|\.zgroup|zarr\.json))$/i,
  },
  { name: "a NIfTI file", advice: "save it as TIFF in Fiji", file: /\.nii(\.gz)?$/i },
  {
    name: "an ICS file",
    advice: TO_OME,
    start: /^..6963735f76657273696f6e/,
    file: /\.(ics|ids)$/i,
  },
  { name: "a SlideBook file", advice: TO_OME, file: /\.sldy?$/i },
  {
    name: "a NumPy array",
    advice: "write it with tifffile (tifffile.imwrite)",
    start: /^934e554d5059/,
  },
  { name: "a PNG picture", advice: "save its slices as one TIFF, in Fiji", start: /^89504e470d0a/ },
  {
    name: "a JPEG picture",
    advice: "save its slices as one TIFF, in Fiji",
    start: /^ffd8ff/,
  },
  { name: "a zip archive", advice: "unpack it and open what is in it", start: /^504b0304/ },
  { name: "a gzip archive", advice: "unpack it and open what is in it", start: /^1f8b08/ },
];

/** The digits of a text that a file begins with. */
function textStart(text: string): RegExp {
  return new RegExp(`^${bytesToHex(new TextEncoder().encode(text))}`);
}

/** Throws a TiffError that names another format and says what to do; passes what begins as TIFF. */
export async function requireTiff(source: ByteSource): Promise<void> {
  const bytes = await source.read(0, LOOKED_AT);
  if (isLfsPointer(bytes)) throw unsupported(source.name, `it is ${LFS_ADVICE}`);
  const start = bytesToHex(bytes);
  if (/^(49492[ab]00|4d4d002[ab])/.test(start)) return;
  const foreign = FOREIGN.find((format) => format.start?.test(start)) ??
    FOREIGN.find((format) => format.file?.test(source.name));
  if (foreign === undefined) return;
  throw unsupported(source.name, `it is ${foreign.name}: ${foreign.advice}`);
}
