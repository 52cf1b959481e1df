import { decode, encode } from "fast-png";
import { inflateSync } from "node:zlib";
import {
  bytesSource,
  createStackWriter,
  InputError,
  openStack,
  type SampleType,
  type Slice,
} from "../core.ts";
import { concatenate } from "./bytes.ts";

/** A single slice, and the form that it came in. */
export interface SliceFile {
  readonly type: "image/png" | "image/tiff" | "application/octet-stream";
  readonly sampleType: SampleType;
  readonly height: number;
  readonly width: number;
  readonly slice: Slice;
}

const PNG_SIGNATURE = "\x89PNG\r\n\x1a\n";

/** Reads a grey PNG of 8 or 16 bits, or a TIFF of one slice; throws an InputError for all else. */
export async function readSliceFile(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  mostPixels: number,
): Promise<SliceFile> {
  const start = String.fromCharCode(...bytes.subarray(0, PNG_SIGNATURE.length));
  if (start === PNG_SIGNATURE) return readPng(bytes, name, mostPixels);
  const { info, readSlice } = await openStack(bytesSource(bytes, name));
  const { t, c, z, y: height, x: width } = info.sizes;
  if (t * c * z !== 1) throw new InputError(`${name} has ${t * c * z} slices; send one.`);
  requirePixels(height, width, name, mostPixels);
  const { sampleType } = info;
  return { type: "image/tiff", sampleType, height, width, slice: await readSlice(0, 0, 0) };
}

export function requirePixels(height: number, width: number, name: string, most: number): void {
  if (height * width <= most) return;
  throw new InputError(
    `${name} has ${width} x ${height} pixels; slices have at most ${most} here: send a stack.`,
  );
}

/** The bytes of a slice in its form. */
export async function writeSliceFile(
  { type, sampleType, height, width, slice }: SliceFile,
): Promise<Uint8Array<ArrayBuffer>> {
  if (type === "application/octet-stream") {
    return new Uint8Array(slice.buffer, slice.byteOffset, slice.byteLength);
  }
  if (type === "image/png") {
    const depth = sampleType === "uint8" ? 8 : 16;
    const data = slice as Uint8Array | Uint16Array;
    return Uint8Array.from(encode({ width, height, data, channels: 1, depth }));
  }
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const writer = createStackWriter({
    write: (part) => Promise.resolve(void parts.push(part.slice())),
  }, {
    format: "imagej",
    sizes: { t: 1, c: 1, z: 1, y: height, x: width },
    sampleType,
    voxelSize: { unit: "" },
  });
  await writer.writeSlice(slice);
  await writer.close();
  return concatenate(parts);
}

function readPng(bytes: Uint8Array<ArrayBuffer>, name: string, mostPixels: number): SliceFile {
  const kept = chunksOf(bytes, name);
  const head = new DataView(kept[0].buffer, kept[0].byteOffset + 8);
  const [width, height] = [head.getUint32(0), head.getUint32(4)];
  const [depth, color, interlace] = [8, 9, 12].map((at) => head.getUint8(at));
  if (color !== 0 || interlace !== 0 || depth !== 8 && depth !== 16) {
    throw new InputError(`${name} must be a grey PNG of 8 or 16 bits, not interlaced.`);
  }
  requirePixels(height, width, name, mostPixels);
  try {
    // The decoder would inflate whatever is there.
    const deflated = kept.slice(1, -1).map((chunk) => chunk.subarray(8, -4));
    const maxOutputLength = height * (1 + width * depth / 8);
    inflateSync(concatenate(deflated), { maxOutputLength });
    const signature = bytes.subarray(0, PNG_SIGNATURE.length);
    const { data } = decode(concatenate([signature, ...kept]), { checkCrc: true });
    const slice = depth === 8 ? Uint8Array.from(data) : Uint16Array.from(data);
    const sampleType = depth === 8 ? "uint8" : "uint16";
    if (slice.length !== width * height) throw new Error("cut");
    return { type: "image/png", sampleType, height, width, slice };
  } catch (error) {
    const tooLarge = (error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE";
    throw new InputError(
      tooLarge
        ? `${name} inflates to more than its ${width} x ${height} pixels.`
        : `${name} is a damaged PNG.`,
    );
  }
}

/** The chunks that make the picture, each with length, name and checksum: IHDR, IDAT…, IEND. */
function chunksOf(bytes: Uint8Array<ArrayBuffer>, name: string): Uint8Array<ArrayBuffer>[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const kept = new Map<string, Uint8Array<ArrayBuffer>[]>([["IHDR", []], ["IDAT", []], [
    "IEND",
    [],
  ]]);
  for (let at = PNG_SIGNATURE.length; at + 12 <= bytes.length;) {
    const end = at + 12 + view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (end > bytes.length) break;
    kept.get(type)?.push(bytes.subarray(at, end));
    at = end;
  }
  const [heads = [], data = [], ends = []] = [...kept.values()];
  if (heads.length === 1 && heads[0].length === 25 && data.length > 0 && ends.length === 1) {
    return [...heads, ...data, ...ends];
  }
  throw new InputError(`${name} is a damaged PNG.`);
}
