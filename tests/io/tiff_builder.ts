/** Values of a field as they are meant; the builder writes them in the file's byte order. */
export type FieldValues =
  | string
  | { readonly shorts: readonly number[] }
  | { readonly longs: readonly number[] }
  | { readonly rationals: readonly (readonly [number, number])[] }
  | { readonly bytes: Uint8Array; readonly type?: number; readonly count?: number };

/** One page: its fields, beside those that its size implies, and its blocks. */
export interface PageFixture {
  readonly width: number;
  readonly height: number;
  readonly bits?: number;
  readonly samples?: number;
  /** Other fields, or other values of the implied ones; undefined leaves one out. */
  readonly fields?: Readonly<Record<number, FieldValues | readonly FieldValues[] | undefined>>;
  readonly blocks: readonly Uint8Array[];
}

/** How a file is stored. */
export interface Storage {
  readonly littleEndian?: boolean;
  readonly big?: boolean;
  /** Bytes after the header, before the first directory: programs keep their own there. */
  readonly after?: Uint8Array;
}

/**
 * Writes a TIFF by the specification, in either byte order, classic or BigTIFF: each page's
 * directory, then its values, then its blocks.
 */
export function buildTiff(
  pages: readonly PageFixture[],
  { littleEndian = true, big = false, after = new Uint8Array() }: Storage = {},
): Uint8Array<ArrayBuffer> {
  const out: number[] = [];
  const put = (value: number, bytes: number, at = out.length) => {
    let rest = BigInt(value);
    for (let i = 0; i < bytes; i++) {
      out[littleEndian ? at + i : at + bytes - 1 - i] = Number(rest & 0xffn);
      rest >>= 8n;
    }
  };
  const word = big ? 8 : 4;
  out.push(...(littleEndian ? [0x49, 0x49] : [0x4d, 0x4d]));
  put(big ? 43 : 42, 2);
  if (big) {
    put(8, 2);
    put(0, 2);
  }
  let link = out.length;
  put(0, word);
  out.push(...after);
  for (const page of pages) {
    while (out.length % 8 !== 0) out.push(0);
    const start = out.length;
    put(start, word, link);
    const fields = fieldsOf(page, littleEndian);
    const table = start + (big ? 8 : 2);
    put(fields.length, big ? 8 : 2);
    const each = big ? 20 : 12;
    for (let i = 0; i < fields.length * each + word; i++) out.push(0);
    link = table + fields.length * each;
    const placed = page.blocks.map(() => 0);
    const outside = fields.map(({ bytes }) => {
      if (bytes.length <= word) return undefined;
      while (out.length % 2 !== 0) out.push(0);
      const at = out.length;
      for (const byte of bytes) out.push(byte);
      return at;
    });
    page.blocks.forEach((block, i) => {
      while (out.length % 2 !== 0) out.push(0);
      placed[i] = out.length;
      for (const byte of block) out.push(byte);
    });
    fields.forEach(({ tag, type, count, bytes }, i) => {
      const at = table + each * i;
      put(tag, 2, at);
      put(type, 2, at + 2);
      put(count, word, at + 4);
      const value = at + 4 + word;
      const elsewhere = outside[i];
      if (elsewhere !== undefined) put(elsewhere, word, value);
      else bytes.forEach((byte, k) => out[value + k] = byte);
      // Where the blocks lie is known only now.
      if ((tag === 273 || tag === 324) && page.fields?.[tag] === undefined) {
        const from = elsewhere ?? value;
        placed.forEach((offset, k) => put(offset, 4, from + 4 * k));
      }
    });
  }
  return Uint8Array.from(out);
}

interface Encoded {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

function fieldsOf(page: PageFixture, littleEndian: boolean): Encoded[] {
  const { width, height, bits = 8, samples = 1, blocks, fields = {} } = page;
  const implied: PageFixture["fields"] = {
    256: { longs: [width] },
    257: { longs: [height] },
    258: { shorts: Array(samples).fill(bits) },
    259: { shorts: [1] },
    262: { shorts: [1] },
    273: { longs: blocks.map(() => 0) },
    277: { shorts: [samples] },
    278: { longs: [height] },
    279: { longs: blocks.map(({ length }) => length) },
  };
  return Object.entries({ ...implied, ...fields }).flatMap(([tag, values]) => {
    if (values === undefined) return [];
    const list = Array.isArray(values) ? values as readonly FieldValues[] : [values as FieldValues];
    return list.map((each) => ({ tag: Number(tag), ...encode(each, littleEndian) }));
  });
}

function encode(values: FieldValues, littleEndian: boolean): Omit<Encoded, "tag"> {
  if (typeof values === "string") {
    const bytes = new TextEncoder().encode(values + "\0");
    return { type: 2, count: bytes.length, bytes };
  }
  if ("bytes" in values) {
    const { bytes, type = 1, count = bytes.length } = values;
    return { type, count, bytes };
  }
  if ("shorts" in values) {
    const view = new DataView(new ArrayBuffer(2 * values.shorts.length));
    values.shorts.forEach((value, i) => view.setUint16(2 * i, value, littleEndian));
    return { type: 3, count: values.shorts.length, bytes: new Uint8Array(view.buffer) };
  }
  const words = "longs" in values ? values.longs : values.rationals.flat();
  const view = new DataView(new ArrayBuffer(4 * words.length));
  words.forEach((value, i) => view.setUint32(4 * i, value, littleEndian));
  const bytes = new Uint8Array(view.buffer);
  return "longs" in values
    ? { type: 4, count: words.length, bytes }
    : { type: 5, count: words.length / 2, bytes };
}

export const WIDTH = 5;
export const HEIGHT = 3;

/** The samples of the plane that has this number: no two planes are alike, nor two pixels of one. */
export function plane(number: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => (number * 16 + i) % 256);
}

/** Pages of one plane each, numbered from 0; `first` are the fields of the first one. */
export function numberedPages(
  count: number,
  first: PageFixture["fields"] = {},
  all: PageFixture["fields"] = {},
): PageFixture[] {
  return Array.from({ length: count }, (_, i) => ({
    width: WIDTH,
    height: HEIGHT,
    fields: { ...all, ...(i === 0 && first) },
    blocks: [plane(i)],
  }));
}

/** Which plane of {@link plane} these samples are. */
export function numberOf(samples: ArrayLike<number>): number {
  return samples[0] >> 4;
}
