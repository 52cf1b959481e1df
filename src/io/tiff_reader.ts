import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { placeInWords } from "../message.ts";
import type { StackReader } from "../stack/stack.ts";
import type { ByteSource } from "./byte_source.ts";
import type { Series } from "./series.ts";
import type { StackOptions } from "./stack_options.ts";
import { openSeries } from "./tiff_series.ts";
import { channelBytes, extremes, toSlice } from "./tiff_slice.ts";

/**
 * Opens a stack of a TIFF, by what the program that wrote it says of it: ImageJ, OME, Micro-Manager,
 * tifffile, SCIFIO, Zeiss, MetaMorph, ScanImage, or nothing (pages are slices). `options` have the
 * last word. Reads the directories and metadata only; `readSlice` reads one plane. Both throw a
 * TiffError where the file is damaged or uses what is not supported, and `openStack` an InputError
 * for options that do not fit the file.
 */
export async function openStack(
  source: ByteSource,
  options: StackOptions = {},
): Promise<StackReader> {
  return readerOf(source.name, await openSeries(source, options), options.signal);
}

/** A reader of slices over an open series. */
export function readerOf(name: string, series: Series, signal?: AbortSignal): StackReader {
  const { info } = series;
  return {
    name,
    info,
    async readSlice(t, c, z) {
      signal?.throwIfAborted();
      const slice = { t, c, z };
      for (const axis of ["t", "c", "z"] as const) {
        const at = slice[axis];
        if (Number.isInteger(at) && at >= 0 && at < info.sizes[axis]) continue;
        throw new RangeError(`Cannot read slice ${axis}=${at} of ${info.sizes[axis]}`);
      }
      const { position, sample } = series.planeOf(slice);
      const { bytes, layout, file } = await series.read(position);
      return toSlice(bytes, layout, sample, file, placeInWords({ slice: z, channel: c, frame: t }));
    },
  };
}

/** What identifies the values of a stack. */
export interface StackDigest {
  /** Hexadecimal SHA-256 of the values in the file's own type, little-endian. */
  readonly sha256: string;
  /** Smallest and largest value as stored, NaN left out; Infinity and -Infinity where all are. */
  readonly min: number;
  readonly max: number;
}

/**
 * Digests a stack plane by plane: C fastest, then Z, then T, whatever the order in the file; OME-TIFF
 * in its DimensionOrder. The samples of a pixel stay side by side, odd bit depths count as uint8 or
 * uint16. Throws as `openStack` and `readSlice` do.
 */
export async function stackDigest(
  source: ByteSource,
  options: StackOptions = {},
): Promise<StackDigest> {
  return await digestOf(await openSeries(source, options), options.signal);
}

/** The digest of an open series. */
export async function digestOf(series: Series, signal?: AbortSignal): Promise<StackDigest> {
  const hash = sha256.create();
  let [min, max] = [Infinity, -Infinity];
  for (const position of series.positions()) {
    signal?.throwIfAborted();
    const { bytes, layout } = await series.read(position);
    const all = position.samples.length === layout.samples &&
      position.samples.every((sample, i) => sample === i);
    const pieces = all
      ? [bytes]
      : position.samples.map((each) => channelBytes(bytes, layout, each));
    for (const piece of pieces) {
      hash.update(piece);
      const range = extremes(piece, layout);
      min = Math.min(min, range.min);
      max = Math.max(max, range.max);
    }
  }
  return { sha256: bytesToHex(hash.digest()), min, max };
}
