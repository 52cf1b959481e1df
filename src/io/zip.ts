import { CheckpointError } from "./weights.ts";

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_RECORD = 0x06054b50;
const END_RECORD_64 = 0x06064b50;
const END_LOCATOR_64 = 0x07064b50;
const END_LENGTH = 22;
const LONGEST_COMMENT = 0xffff;
/** In a 32-bit field: the value stands in a zip64 record. */
const ELSEWHERE = 0xffffffff;

/** One file of an archive. */
export interface ZipEntry {
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** Checks the entry and answers its bytes, a view of the archive. */
  read(): Uint8Array;
}

/** True where the bytes start as a zip archive does. */
export function looksLikeZip(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && view(bytes).getUint32(0, true) === LOCAL_HEADER;
}

/**
 * Lists a zip archive, zip64 too, by its central directory. Only stored entries can be read.
 * Throws a {@link CheckpointError} where the archive is cut short or contradicts itself.
 */
export function readZip(bytes: Uint8Array): Map<string, ZipEntry> {
  const { offset, size, count } = findDirectory(bytes);
  const directory = slice(bytes, offset, size, "the zip directory");
  const entries = new Map<string, ZipEntry>();
  let position = 0;
  for (let i = 0; i < count; i++) {
    const record = slice(directory, position, 46, "the zip directory");
    const header = view(record);
    if (header.getUint32(0, true) !== CENTRAL_HEADER) {
      throw new CheckpointError("its zip directory is damaged");
    }
    const nameLength = header.getUint16(28, true);
    const extraLength = header.getUint16(30, true);
    const names = slice(directory, position + 46, nameLength + extraLength, "the zip directory");
    const name = new TextDecoder().decode(names.subarray(0, nameLength));
    if (entries.has(name)) throw new CheckpointError(`its zip archive has ${name} twice`);
    entries.set(name, entry(bytes, name, header, names.subarray(nameLength)));
    position += 46 + nameLength + extraLength + header.getUint16(32, true);
  }
  return entries;
}

function entry(archive: Uint8Array, name: string, header: DataView, extra: Uint8Array): ZipEntry {
  const encrypted = (header.getUint16(8, true) & 1) === 1;
  const stored = header.getUint16(10, true) === 0;
  const checksum = header.getUint32(16, true);
  const wide = zip64Fields(extra);
  const field = (at: number) => {
    const value = header.getUint32(at, true);
    return value === ELSEWHERE ? wide.shift() ?? value : value;
  };
  const [size, , offset] = [field(24), field(20), field(42)];
  return {
    name,
    size,
    read() {
      if (encrypted) throw new CheckpointError(`its zip entry ${name} is encrypted`);
      if (!stored) {
        throw new CheckpointError(`its zip entry ${name} is compressed; torch.save stores entries`);
      }
      const local = view(slice(archive, offset, 30, `the zip entry ${name}`));
      if (local.getUint32(0, true) !== LOCAL_HEADER) {
        throw new CheckpointError(`its zip entry ${name} is not where the directory says`);
      }
      const start = offset + 30 + local.getUint16(26, true) + local.getUint16(28, true);
      const content = slice(archive, start, size, `the zip entry ${name}`);
      if (crc32(content) !== checksum) {
        throw new CheckpointError(`its zip entry ${name} is damaged: its checksum differs`);
      }
      return content;
    },
  };
}

/** The 64-bit values of the zip64 extra field: those that are elsewhere, in the header's order. */
function zip64Fields(extra: Uint8Array): number[] {
  for (let at = 0; at + 4 <= extra.length;) {
    const header = view(extra.subarray(at));
    const length = header.getUint16(2, true);
    if (header.getUint16(0, true) === 1) {
      const fields = view(slice(extra, at + 4, length, "the zip64 field"));
      return Array.from(
        { length: length >> 3 },
        (_, i) => Number(fields.getBigUint64(i * 8, true)),
      );
    }
    at += 4 + length;
  }
  return [];
}

function findDirectory(bytes: Uint8Array): { offset: number; size: number; count: number } {
  const all = view(bytes);
  const first = Math.max(0, bytes.length - END_LENGTH - LONGEST_COMMENT);
  let end = bytes.length - END_LENGTH;
  while (end >= first && all.getUint32(end, true) !== END_RECORD) end--;
  if (end < first) throw new CheckpointError("its zip archive is cut short: it has no end record");
  const locator = end - 20;
  if (locator < 0 || all.getUint32(locator, true) !== END_LOCATOR_64) {
    return {
      offset: all.getUint32(end + 16, true),
      size: all.getUint32(end + 12, true),
      count: all.getUint16(end + 10, true),
    };
  }
  const at = Number(all.getBigUint64(locator + 8, true));
  const record = view(slice(bytes, at, 56, "the zip64 end record"));
  if (record.getUint32(0, true) !== END_RECORD_64) {
    throw new CheckpointError("its zip64 end record is damaged");
  }
  const long = (position: number) => Number(record.getBigUint64(position, true));
  return { offset: long(48), size: long(40), count: long(32) };
}

function slice(bytes: Uint8Array, offset: number, length: number, what: string): Uint8Array {
  if (offset + length <= bytes.length) return bytes.subarray(offset, offset + length);
  throw new CheckpointError(`${what} reaches past the end of the file, which may be cut short`);
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Four tables, so that four bytes go in per step: weights are tens of megabytes. */
const CRC_TABLES = crcTables();

function crcTables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0xedb88320 : byte >>> 1;
    return byte;
  });
  const tables = [first];
  while (tables.length < 4) {
    tables.push(tables.at(-1)!.map((crc) => (crc >>> 8) ^ first[crc & 0xff]));
  }
  return tables;
}

function crc32(bytes: Uint8Array): number {
  const [one, two, three, four] = CRC_TABLES as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  const words = view(bytes);
  let crc = -1;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    const word = crc ^ words.getUint32(at, true);
    crc = four[word & 0xff] ^ three[(word >>> 8) & 0xff] ^ two[(word >>> 16) & 0xff] ^
      one[word >>> 24];
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ one[(crc ^ bytes[at]) & 0xff];
  return ~crc >>> 0;
}
