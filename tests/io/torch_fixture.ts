import { crc32 } from "node:zlib";

/** A value to pickle: plain data, or the instructions themselves. */
export type Picklable =
  | null
  | number
  | string
  | Uint8Array
  | readonly Picklable[]
  | { readonly [key: string]: Picklable };

const MARK = 0x28;
const utf8 = new TextEncoder();

/** The bytes of a file as torch.save writes it: zip, data.pkl and storages, nothing compressed. */
export function torchFile(
  root: Picklable,
  storages: readonly Uint8Array[] = [],
  others: Record<string, Uint8Array> = {},
): Uint8Array<ArrayBuffer> {
  const data = storages.map((bytes, i): [string, Uint8Array] => [`model/data/${i}`, bytes]);
  const pickle = Uint8Array.from([0x80, 2, ...instructions(root), 0x2e]);
  return zip({ "model/data.pkl": pickle, ...Object.fromEntries(data), ...others });
}

/** A float32 tensor over storage `key` of `length` values, as instructions. */
export function tensor(
  key: number,
  length: number,
  shape: readonly number[],
  strides: readonly number[],
  { offset = 0, type = "FloatStorage" } = {},
): Uint8Array {
  return call("torch._utils", "_rebuild_tensor_v2", [
    Uint8Array.from([
      ...tuple(["storage", global("torch", type), `${key}`, "cpu", length]),
      0x51, // BINPERSID
    ]),
    offset,
    tuple(shape),
    tuple(strides),
    null,
    call("collections", "OrderedDict", []),
  ]);
}

/** GLOBAL. */
export function global(module: string, name: string): Uint8Array {
  return utf8.encode(`c${module}\n${name}\n`);
}

/** GLOBAL, a tuple and REDUCE. */
export function call(module: string, name: string, args: readonly Picklable[]): Uint8Array {
  return Uint8Array.from([...global(module, name), ...tuple(args), 0x52]);
}

/** The values of a storage. */
export function floats(...values: number[]): Uint8Array {
  return new Uint8Array(new Float32Array(values).buffer);
}

/** The same archive, with the place of its directory in zip64 records only. */
export function withZip64(archive: Uint8Array): Uint8Array<ArrayBuffer> {
  const end = archive.length - 22;
  const view = new DataView(archive.buffer, archive.byteOffset);
  const long = (value: number) => [...word(value), 0, 0, 0, 0];
  const count = long(view.getUint16(end + 10, true));
  const place = [...long(view.getUint32(end + 12, true)), ...long(view.getUint32(end + 16, true))];
  const sizes = [...long(44), 45, 0, 45, 0, ...word(0), ...word(0)];
  const record = [...word(0x06064b50), ...sizes, ...count, ...count, ...place];
  const locator = [...word(0x07064b50), ...word(0), ...long(end), ...word(1)];
  const plain = [...word(0x06054b50), ...Array(16).fill(0xff), 0, 0];
  return Uint8Array.from([...archive.subarray(0, end), ...record, ...locator, ...plain]);
}

function tuple(items: readonly Picklable[]): Uint8Array {
  return Uint8Array.from([MARK, ...items.flatMap(instructions), 0x74]);
}

function instructions(value: Picklable): number[] {
  if (value === null) return [0x4e];
  if (value instanceof Uint8Array) return [...value];
  if (typeof value === "number") return [0x47, ...bigEndian(value)];
  if (typeof value === "string") {
    const text = utf8.encode(value);
    return [0x58, ...word(text.length), ...text];
  }
  if (Array.isArray(value)) return [0x5d, MARK, ...value.flatMap(instructions), 0x65];
  const items = Object.entries(value).flatMap(([key, item]) => [
    ...instructions(key),
    ...instructions(item),
  ]);
  return [0x7d, MARK, ...items, 0x75];
}

function bigEndian(value: number): number[] {
  return [...new Uint8Array(new Float64Array([value]).buffer)].reverse();
}

function word(value: number): number[] {
  return [...new Uint8Array(new Uint32Array([value]).buffer)];
}

function zip(files: Record<string, Uint8Array>): Uint8Array<ArrayBuffer> {
  const body: number[] = [];
  const directory: number[] = [];
  for (const [name, bytes] of Object.entries(files)) {
    const text = utf8.encode(name);
    const sizes = [...word(crc32(bytes)), ...word(bytes.length), ...word(bytes.length)];
    const common = [20, 0, 0, 8, 0, 0, 0, 0, 0, 0, ...sizes, text.length, 0, 0, 0];
    const attributes = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    directory.push(...word(0x02014b50), 20, 0, ...common, ...attributes, ...word(body.length));
    directory.push(...text);
    body.push(...word(0x04034b50), ...common, ...text, ...bytes);
  }
  const count = Object.keys(files).length;
  const end = [0, 0, 0, 0, count, 0, count, 0, ...word(directory.length), ...word(body.length)];
  return Uint8Array.from([...body, ...directory, ...word(0x06054b50), ...end, 0, 0]);
}
