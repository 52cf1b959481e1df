const CLEAR = 256;
const END = 257;

/** TIFF's LZW, plain and slow: the strings it knows are kept as text. */
export function encodeLzw(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(2 * bytes.length + 16);
  let [at, buffer, bits, width] = [0, 0, 0, 9];
  const put = (code: number) => {
    buffer = (buffer << width | code) >>> 0;
    for (bits += width; bits >= 8; bits -= 8) output[at++] = buffer >>> (bits - 8);
    buffer &= 2 ** bits - 1;
  };
  let table = new Map<number, number>();
  let next = 258;
  let known = -1;
  put(CLEAR);
  for (const byte of bytes) {
    const longer = known < 0 ? byte : table.get(known << 8 | byte);
    if (longer !== undefined) {
      known = longer;
      continue;
    }
    put(known);
    table.set(known << 8 | byte, next++);
    known = byte;
    if (next === 512 || next === 1024 || next === 2048) width++;
    if (next === 4094) {
      put(CLEAR);
      [table, next, width] = [new Map(), 258, 9];
    }
  }
  if (known >= 0) put(known);
  put(END);
  output[at++] = buffer << (8 - bits);
  return output.slice(0, at);
}
