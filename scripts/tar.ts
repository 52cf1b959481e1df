import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";

/** A file of an archive. */
export interface Entry {
  /** With slashes, on every system. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly executable?: boolean;
}

const BLOCK = 512;
/** 1985-10-26T08:15:00Z, as npm has it: some readers take 0 for a fault. */
const TIME = 499162500;
const OWNED_BY_SYSTEM = 255;

/** A gzipped tar (POSIX ustar) that hangs on its files' paths and bytes alone. */
export function tarGz(entries: readonly Entry[]): Uint8Array {
  const sorted = entries.toSorted((a, b) => a.path < b.path ? -1 : 1);
  const blocks = sorted.flatMap(({ bytes, ...entry }) => [
    header(entry, bytes.length),
    bytes,
    new Uint8Array(-bytes.length & BLOCK - 1),
  ]);
  const packed = gzipSync(Buffer.concat([...blocks, new Uint8Array(2 * BLOCK)]));
  // Else it would say on which system it was packed.
  packed[9] = OWNED_BY_SYSTEM;
  return packed;
}

function header({ path, executable }: Omit<Entry, "bytes">, size: number): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  const [prefix, name] = splitPath(path);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`;
  block.write(name, 0);
  block.write(octal(executable ? 0o755 : 0o644, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(TIME, 11), 136);
  block.fill(" ", 148, 156);
  block.write("0", 156);
  block.write("ustar\x0000", 257);
  block.write(prefix, 345);
  block.write(`${octal(block.reduce((sum, byte) => sum + byte, 0), 6)} `, 148);
  return block;
}

/** A path in the two fields of a header, which take 155 and 100 bytes. */
function splitPath(path: string): [prefix: string, name: string] {
  if (/[^\x21-\x7e]/.test(path)) throw new Error(`${path} can't be packed: its name is not plain.`);
  if (path.length <= 100) return ["", path];
  const cut = path.indexOf("/", path.length - 101);
  if (cut < 0 || cut > 155) throw new Error(`${path} can't be packed: it is too long.`);
  return [path.slice(0, cut), path.slice(cut + 1)];
}
