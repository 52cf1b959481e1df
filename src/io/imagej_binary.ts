import type { ChannelDisplay, Kept } from "../stack/stack.ts";
import type { Entry, TiffFile } from "./tiff_directory.ts";

/** The kinds of ImageJ's binary metadata (tags 50838 and 50839), by their four letters. */
const INFO = "info";
const LABELS = "labl";
const RANGES = "rang";
const LUTS = "luts";
const ROI = "roi ";
const OVERLAYS = "over";

const MAGIC = "IJIJ";

/** Bytes of one look-up table. */
export const LUT_BYTES = 768;

/**
 * Reads ImageJ's binary metadata; what does not fit its own sizes is noted and left out, since no
 * sample depends on it.
 */
export async function readImageJBinary(
  file: TiffFile,
  entries: ReadonlyMap<number, Entry>,
  notes: string[],
): Promise<Kept> {
  const [counts, data] = [entries.get(50838), entries.get(50839)];
  if (counts === undefined || data === undefined) return {};
  const sizes = await file.numbers(counts);
  const bytes = await file.bytes(data);
  const items = split(bytes, sizes, file.littleEndian);
  if (items === undefined) {
    notes.push("ImageJ's labels, colours and overlays contradict their sizes and were ignored");
    return {};
  }
  const text = (piece: Uint8Array) =>
    new TextDecoder(file.littleEndian ? "utf-16le" : "utf-16be").decode(piece);
  const of = (type: string) => items.filter((item) => item.type === type).map(({ piece }) => piece);
  const [info] = of(INFO);
  const labels = of(LABELS).map(text);
  const display = displayOf(of(RANGES)[0], of(LUTS), file.littleEndian);
  const [roi] = of(ROI);
  const overlays = of(OVERLAYS);
  return {
    ...(info && { info: text(info) }),
    ...(labels.length > 0 && { labels }),
    ...(display.length > 0 && { display }),
    ...(roi && { roi }),
    ...(overlays.length > 0 && { overlays }),
  };
}

/** Cuts the metadata at their sizes; undefined where these do not fit. */
function split(bytes: Uint8Array, sizes: readonly number[], littleEndian: boolean) {
  const header = sizes[0] ?? 0;
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total > bytes.length || header < 12 || header % 8 !== 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number) => {
    const value = String.fromCharCode(...bytes.subarray(at, at + 4));
    return littleEndian ? [...value].reverse().join("") : value;
  };
  if (word(0) !== MAGIC) return undefined;
  const items: { readonly type: string; readonly piece: Uint8Array }[] = [];
  let [index, position] = [1, header];
  for (let at = 4; at < header; at += 8) {
    const count = view.getUint32(at + 4, littleEndian);
    if (count > sizes.length - index) return undefined;
    for (let i = 0; i < count; i++) {
      items.push({ type: word(at), piece: bytes.slice(position, position + sizes[index]) });
      position += sizes[index++];
    }
  }
  return items;
}

function displayOf(
  ranges: Uint8Array | undefined,
  luts: readonly Uint8Array[],
  littleEndian: boolean,
): ChannelDisplay[] {
  const view = ranges && new DataView(ranges.buffer, ranges.byteOffset, ranges.byteLength);
  const count = Math.max(luts.length, Math.floor((ranges?.length ?? 0) / 16));
  return Array.from({ length: count }, (_, c) => {
    const stated = view !== undefined && c * 16 + 16 <= view.byteLength;
    return {
      ...(luts[c]?.length === LUT_BYTES && { lut: luts[c] }),
      ...(stated && {
        min: view.getFloat64(c * 16, littleEndian),
        max: view.getFloat64(c * 16 + 8, littleEndian),
      }),
    };
  });
}

/** The fields 50838 and 50839 of a little-endian file; undefined where there is nothing to keep. */
export function encodeImageJBinary(
  { info, labels, display, roi, overlays }: Kept,
): { readonly counts: number[]; readonly data: Uint8Array } | undefined {
  const ranged = display?.every(({ min, max }) => min !== undefined && max !== undefined);
  const coloured = display?.every(({ lut }) => lut !== undefined);
  const groups: [type: string, pieces: readonly Uint8Array[]][] = [
    [INFO, info === undefined ? [] : [utf16(info)]],
    [LABELS, (labels ?? []).map(utf16)],
    [
      RANGES,
      ranged && display!.length > 0
        ? [
          new Uint8Array(
            new Float64Array(display!.flatMap(({ min, max }) => [min!, max!])).buffer,
          ),
        ]
        : [],
    ],
    [LUTS, coloured ? display!.map(({ lut }) => lut!) : []],
    [ROI, roi === undefined ? [] : [roi]],
    [OVERLAYS, overlays ?? []],
  ];
  const used = groups.filter(([, pieces]) => pieces.length > 0);
  if (used.length === 0) return undefined;
  const header = new Uint8Array(4 + 8 * used.length);
  const view = new DataView(header.buffer);
  const setWord = (at: number, word: string) =>
    [...word].forEach((letter, i) => header[at + 3 - i] = letter.charCodeAt(0));
  setWord(0, MAGIC);
  used.forEach(([type, pieces], i) => {
    setWord(4 + 8 * i, type);
    view.setUint32(8 + 8 * i, pieces.length, true);
  });
  const all = [header, ...used.flatMap(([, pieces]) => pieces)];
  const data = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of all) {
    data.set(piece, at);
    at += piece.length;
  }
  return { counts: all.map(({ length }) => length), data };
}

function utf16(text: string): Uint8Array {
  const units = Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  return new Uint8Array(units.buffer);
}
