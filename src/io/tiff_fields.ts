/** TIFF's field types that a stack needs, with the bytes of one value. */
const TYPES = {
  byte: { code: 1, bytes: 1 },
  ascii: { code: 2, bytes: 1 },
  short: { code: 3, bytes: 2 },
  long: { code: 4, bytes: 4 },
  rational: { code: 5, bytes: 8 },
  long8: { code: 16, bytes: 8 },
} as const;

/** One field of a directory; a rational has two values, numerator and denominator. */
export interface Field {
  readonly tag: number;
  readonly type: keyof typeof TYPES;
  readonly values: readonly number[] | Uint8Array;
}

/** Little-endian classic TIFF, or BigTIFF with 64-bit offsets. */
export interface Dialect {
  readonly big: boolean;
}

/** Bytes of the header, after which the first directory stands. */
export function headerBytes({ big }: Dialect): number {
  return big ? 16 : 8;
}

/** The header of a file whose first directory follows at once. */
export function encodeHeader(dialect: Dialect): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(headerBytes(dialect)));
  view.setUint16(0, 0x4949, true);
  view.setUint16(2, dialect.big ? 43 : 42, true);
  if (dialect.big) {
    view.setUint16(4, 8, true);
    view.setBigUint64(8, 16n, true);
  } else view.setUint32(4, 8, true);
  return new Uint8Array(view.buffer);
}

/** Bytes that a directory takes together with the values that do not fit into it. */
export function directoryBytes(fields: readonly Field[], { big }: Dialect): number {
  const table = big ? 8 + 20 * fields.length + 8 : 2 + 12 * fields.length + 4;
  const outside = fields.map(valueBytes).filter((bytes) => bytes > (big ? 8 : 4));
  return outside.reduce((sum, bytes) => sum + aligned(bytes), aligned(table));
}

/** A directory at byte `offset`, its fields sorted by tag, with a link to `next` (0: none). */
export function encodeDirectory(
  fields: readonly Field[],
  offset: number,
  next: number,
  dialect: Dialect,
): Uint8Array<ArrayBuffer> {
  const { big } = dialect;
  const [head, each, word] = big ? [8, 20, 8] : [2, 12, 4];
  const view = new DataView(new ArrayBuffer(directoryBytes(fields, dialect)));
  const setWord = (at: number, value: number) =>
    big ? view.setBigUint64(at, BigInt(value), true) : view.setUint32(at, value, true);
  if (big) setWord(0, fields.length);
  else view.setUint16(0, fields.length, true);
  let outside = aligned(head + each * fields.length + word);
  fields.forEach((field, i) => {
    const at = head + each * i;
    const bytes = valueBytes(field);
    view.setUint16(at, field.tag, true);
    view.setUint16(at + 2, TYPES[field.type].code, true);
    setWord(at + 4, bytes / TYPES[field.type].bytes);
    if (bytes <= word) return setValues(view, at + 4 + word, field);
    setWord(at + 4 + word, offset + outside);
    setValues(view, outside, field);
    outside += aligned(bytes);
  });
  setWord(head + each * fields.length, next);
  return new Uint8Array(view.buffer);
}

/** TIFF wants even offsets, BigTIFF likes eights: both get eights. */
function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

function valueBytes({ type, values }: Field): number {
  return type === "rational" ? values.length * 4 : values.length * TYPES[type].bytes;
}

function setValues(view: DataView, at: number, { type, values }: Field): void {
  const size = type === "rational" ? 4 : TYPES[type].bytes;
  values.forEach((value, i) => {
    const position = at + i * size;
    if (size === 1) view.setUint8(position, value);
    else if (size === 2) view.setUint16(position, value, true);
    else if (size === 4) view.setUint32(position, value, true);
    else view.setBigUint64(position, BigInt(value), true);
  });
}

/** A text field: UTF-8 with the closing zero that TIFF asks for. */
export function textField(tag: number, text: string): Field {
  return { tag, type: "ascii", values: new TextEncoder().encode(text + "\0") };
}

/**
 * The fraction of two 32-bit numbers nearest to a positive number, by its continued fraction;
 * undefined where the number is too large or too small for one.
 */
export function toRational(value: number): [numerator: number, denominator: number] | undefined {
  const most = 2 ** 32 - 1;
  let [a, b, c, d] = [0, 1, 1, 0];
  for (let rest = value;;) {
    const whole = Math.floor(rest);
    const [numerator, denominator] = [whole * c + a, whole * d + b];
    if (numerator > most || denominator > most) break;
    [a, b, c, d] = [c, d, numerator, denominator];
    if (Math.abs(c / d - value) <= value * 1e-12 || rest === whole) break;
    rest = 1 / (rest - whole);
  }
  return c > 0 && d > 0 ? [c, d] : undefined;
}
