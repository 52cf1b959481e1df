import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { StackReader } from "../stack/stack.ts";
import type { ByteSource } from "./byte_source.ts";
import { readPlane } from "./tiff_plane.ts";
import { openSeries } from "./tiff_series.ts";
import { extremes, toSlice } from "./tiff_slice.ts";

/** How a TIFF is read. */
export interface TiffOptions {
  /** Stops the reading, between two directories or planes. */
  readonly signal?: AbortSignal;
}

/**
 * Opens the first stack of a TIFF: ImageJ hyperstack, OME-TIFF or plain pages (as slices).
 * Reads the directories and metadata only; `readSlice` reads one plane. Both throw a TiffError
 * where the file is damaged or uses what is not supported.
 */
export async function openStack(
  source: ByteSource,
  { signal }: TiffOptions = {},
): Promise<StackReader> {
  const series = await openSeries(source, signal);
  const { info, layout, order } = series;
  return {
    name: source.name,
    info,
    async readSlice(t, c, z) {
      signal?.throwIfAborted();
      const position = { t, c, z };
      for (const axis of ["t", "c", "z"] as const) {
        const at = position[axis];
        if (Number.isInteger(at) && at >= 0 && at < info.sizes[axis]) continue;
        throw new RangeError(`Cannot read slice ${axis}=${at} of ${info.sizes[axis]}`);
      }
      const channel = Math.floor(c / layout.samples);
      const location = await series.locate(t * order.t + channel * order.c + z * order.z);
      const plane = await readPlane(...location);
      const where = `t=${t}, c=${c}, z=${z}`;
      return toSlice(plane, location[1].layout, c % layout.samples, location[0].name, where);
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
 * Digests the first stack of a TIFF plane by plane, in the file's logical order (ImageJ: C
 * fastest, then Z, then T; OME: its DimensionOrder; else page by page), the samples of a pixel
 * side by side, odd bit depths as uint8 or uint16. Throws as `openStack` and `readSlice` do.
 */
export async function stackDigest(
  source: ByteSource,
  { signal }: TiffOptions = {},
): Promise<StackDigest> {
  const series = await openSeries(source, signal);
  const hash = sha256.create();
  let [min, max] = [Infinity, -Infinity];
  for (let index = 0; index < series.planes; index++) {
    signal?.throwIfAborted();
    const plane = await readPlane(...await series.locate(index));
    hash.update(plane);
    const range = extremes(plane, series.layout);
    min = Math.min(min, range.min);
    max = Math.max(max, range.max);
  }
  return { sha256: bytesToHex(hash.digest()), min, max };
}
