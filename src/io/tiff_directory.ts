import type { ByteSource } from "./byte_source.ts";
import { damaged } from "./tiff_error.ts";

/** One field of a directory: its values lie at byte `at` of the file. */
export interface Entry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  readonly at: number;
  /** The only value, where it is one that stands in the directory itself. */
  readonly value?: number;
}

/** One image file directory (IFD): number `index` of the chain, at byte `offset`. */
export interface Directory {
  readonly index: number;
  readonly offset: number;
  /** By tag; of a tag that is there twice, the first, as libtiff takes it. */
  readonly entries: ReadonlyMap<number, Entry>;
  /** All fields of tag 270: some programs write the texts of several in one directory. */
  readonly descriptions: readonly Entry[];
}

/** Bytes of one value by field type; types without are skipped, as TIFF 6 asks. */
const VALUE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];

/** Types of whole numbers without a sign. */
const WHOLE_TYPES = [1, 3, 4, 13, 16, 18];

/** Most of a directory and its small values lie together: one read of this size serves them. */
const WINDOW_BYTES = 4096;

/**
 * The skeleton of a TIFF: header, chain of directories and their values. Every offset is checked
 * against the file's size before it is followed, no directory is visited twice, and all of them
 * together are no larger than the file, so that reading them is no more work than reading it.
 */
export class TiffFile {
  readonly name: string;
  readonly size: number;
  #window: { start: number; bytes: Uint8Array<ArrayBuffer> } = {
    start: 0,
    bytes: new Uint8Array(),
  };

  private constructor(
    readonly source: ByteSource,
    readonly littleEndian: boolean,
    readonly big: boolean,
  ) {
    this.name = source.name;
    this.size = source.size;
  }

  /** Reads the header of a TIFF or BigTIFF; throws a TiffError where it is none. */
  static async open(source: ByteSource): Promise<TiffFile> {
    const head = await source.read(0, 8);
    if (head.length < 8) {
      throw damaged(source.name, `it has ${source.size} bytes, less than a TIFF header`);
    }
    const littleEndian = head[0] === 0x49 && head[1] === 0x49;
    const bigEndian = head[0] === 0x4d && head[1] === 0x4d;
    const version = new DataView(head.buffer, head.byteOffset).getUint16(2, littleEndian);
    if (!littleEndian && !bigEndian || version !== 42 && version !== 43) {
      const start = Array.from(head.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0"));
      throw damaged(source.name, `it is not a TIFF: it starts with the bytes ${start.join(" ")}`);
    }
    return new TiffFile(source, littleEndian, version === 43);
  }

  /** Walks the chain of directories, each once; throws a TiffError where the chain is broken. */
  async *directories(signal?: AbortSignal): AsyncGenerator<Directory> {
    const header = await this.view(0, this.big ? 16 : 8, "the header");
    let next = this.big ? this.#uint64(header, 8) : header.getUint32(4, this.littleEndian);
    let from = "the header";
    const visited = new Map<number, number>();
    let total = 0;
    for (let index = 0; next !== 0; index++) {
      signal?.throwIfAborted();
      const earlier = visited.get(next);
      if (earlier !== undefined) {
        throw damaged(this.name, `${from} leads back to IFD ${earlier} at byte ${next}: a loop`);
      }
      visited.set(next, index);
      const { directory, following, bytes } = await this.#directory(index, next, from);
      total += bytes;
      if (total > this.size) {
        throw damaged(this.name, `${from} leads to an IFD that overlaps others`);
      }
      yield directory;
      next = following;
      from = `IFD ${index} at byte ${directory.offset}`;
    }
    if (visited.size === 0) throw damaged(this.name, "the header points to no image (IFD)");
  }

  /** The first `most` values of a numeric field; rationals as quotients. */
  async numbers(entry: Entry, most = Infinity): Promise<number[]> {
    const bytes = VALUE_BYTES[entry.type];
    const count = Math.min(entry.count, most);
    const view = await this.view(entry.at, count * bytes, `tag ${entry.tag}`);
    return Array.from({ length: count }, (_, i) => this.#value(view, entry, i * bytes));
  }

  /** A text field up to its first zero byte: UTF-8, or Latin-1 where it is not valid UTF-8. */
  async text(entry: Entry): Promise<string> {
    const bytes = await this.bytes(entry);
    const end = bytes.indexOf(0);
    const text = end < 0 ? bytes : bytes.subarray(0, end);
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(text);
    } catch {
      return new TextDecoder("latin1").decode(text);
    }
  }

  /** A field's values as they lie in the file. */
  async bytes(entry: Entry): Promise<Uint8Array<ArrayBuffer>> {
    const length = entry.count * VALUE_BYTES[entry.type];
    const view = await this.view(entry.at, length, `tag ${entry.tag}`);
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  }

  /** Where a field's values would lie if they never lay in the directory itself, as some have it. */
  async pointer(entry: Entry): Promise<number> {
    const inline = entry.count * VALUE_BYTES[entry.type] <= (this.big ? 8 : 4);
    return inline ? (await this.numbers(entry, 1))[0] : entry.at;
  }

  async #directory(index: number, offset: number, from: string) {
    const where = `IFD ${index}, to which ${from} points,`;
    const [head, each, link] = this.big ? [8, 20, 8] : [2, 12, 4];
    const counted = await this.view(offset, head, where);
    const count = this.big ? this.#uint64(counted, 0) : counted.getUint16(0, this.littleEndian);
    if (count === 0) throw damaged(this.name, `IFD ${index} at byte ${offset} has no fields`);
    const view = await this.view(offset + head, count * each + link, where);
    const entries = new Map<number, Entry>();
    const descriptions: Entry[] = [];
    for (let i = 0; i < count; i++) {
      const entry = this.#entry(view, i * each, offset + head + i * each);
      if (entry === undefined) continue;
      if (!entries.has(entry.tag)) entries.set(entry.tag, entry);
      if (entry.tag === 270) descriptions.push(entry);
    }
    const end = count * each;
    const following = this.big ? this.#uint64(view, end) : view.getUint32(end, this.littleEndian);
    const directory = { index, offset, entries, descriptions };
    return { directory, following, bytes: head + count * each + link };
  }

  #entry(view: DataView, start: number, offset: number): Entry | undefined {
    const [word, field] = this.big ? [8, 12] : [4, 8];
    const read = (at: number) =>
      this.big ? this.#uint64(view, at) : view.getUint32(at, this.littleEndian);
    const tag = view.getUint16(start, this.littleEndian);
    const type = view.getUint16(start + 2, this.littleEndian);
    const count = read(start + 4);
    if (!VALUE_BYTES[type]) return undefined;
    if (count * VALUE_BYTES[type] > word) return { tag, type, count, at: read(start + field) };
    const entry = { tag, type, count, at: offset + field };
    const only = count === 1 && WHOLE_TYPES.includes(type);
    return only ? { ...entry, value: this.#value(view, entry, start + field) } : entry;
  }

  #value(view: DataView, { tag, type }: Entry, at: number): number {
    const little = this.littleEndian;
    switch (type) {
      case 1:
      case 2:
      case 7:
        return view.getUint8(at);
      case 3:
        return view.getUint16(at, little);
      case 4:
      case 13:
        return view.getUint32(at, little);
      case 5:
        return view.getUint32(at, little) / view.getUint32(at + 4, little);
      case 6:
        return view.getInt8(at);
      case 8:
        return view.getInt16(at, little);
      case 9:
        return view.getInt32(at, little);
      case 10:
        return view.getInt32(at, little) / view.getInt32(at + 4, little);
      case 11:
        return view.getFloat32(at, little);
      case 12:
        return view.getFloat64(at, little);
      case 16:
      case 18:
        return this.#uint64(view, at);
      default:
        throw damaged(this.name, `tag ${tag} holds values of type ${type}, which do not fit it`);
    }
  }

  #uint64(view: DataView, at: number): number {
    const value = Number(view.getBigUint64(at, this.littleEndian));
    if (Number.isSafeInteger(value)) return value;
    throw damaged(
      this.name,
      `it holds the 64-bit number ${value}, which no file of its size needs`,
    );
  }

  /** Exactly `length` bytes at `offset`; throws a TiffError that names `what` where they are not. */
  async view(offset: number, length: number, what: string): Promise<DataView<ArrayBuffer>> {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.size)) {
      throw damaged(
        this.name,
        `${what} lies at bytes ${offset} to ${
          offset + length
        }, past the file's end at ${this.size}`,
      );
    }
    if (length > WINDOW_BYTES) return asView(await this.source.read(offset, length));
    const cached = offset - this.#window.start;
    if (cached < 0 || cached + length > this.#window.bytes.length) {
      this.#window = { start: offset, bytes: await this.source.read(offset, WINDOW_BYTES) };
    }
    const start = offset - this.#window.start;
    return asView(this.#window.bytes.subarray(start, start + length));
  }
}

function asView(bytes: Uint8Array<ArrayBuffer>): DataView<ArrayBuffer> {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
