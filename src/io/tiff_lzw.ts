const CLEAR = 256;
const END = 257;
const FIRST = 258;
const CODES = 4096;

/**
 * Decodes TIFF's LZW (most significant bit first, codes widen one entry early) to at most `limit`
 * bytes. Own code, since the decoders on npm either have no bound or accept broken streams.
 * Throws where a code is impossible or the bytes would pass `limit`; of data whose end nobody
 * knows (`open`), reads no further than that.
 */
export function decodeLzw(
  bytes: Uint8Array,
  limit: number,
  open = false,
): Uint8Array<ArrayBuffer> {
  if (bytes[0] === 0 && (bytes[1] & 1) === 1) throw new Error("old-style LZW is not supported");
  const output = new Uint8Array(limit);
  // Every string in the table has been written before: it is a piece of the output.
  const starts = new Float64Array(CODES);
  const lengths = new Uint16Array(CODES);
  let written = 0;
  let next = FIRST;
  let width = 9;
  let previous: { start: number; length: number } | undefined;
  let buffer = 0;
  let bits = 0;
  let position = 0;
  let started = false;

  while (!open || written < limit) {
    while (bits < width && position < bytes.length) {
      buffer = ((buffer << 8) | bytes[position++]) & 0xffffff;
      bits += 8;
    }
    // Some writers leave out the end code: the caller sees by the length whether all is there.
    if (bits < width) break;
    bits -= width;
    const code = (buffer >>> bits) & ((1 << width) - 1);

    if (code === END) break;
    if (code === CLEAR) {
      started = true;
      next = FIRST;
      width = 9;
      previous = undefined;
      continue;
    }
    if (!started) throw new Error("the LZW data do not begin with a clear code");
    if (code > next || (code === next && previous === undefined)) {
      throw new Error(`LZW code ${code} at byte ${position} is not yet in the table`);
    }

    const start = written;
    const length = code < CLEAR ? 1 : code < next ? lengths[code] : previous!.length + 1;
    if (written + length > limit) throw new Error(`the LZW data exceed ${limit} bytes`);
    if (code < CLEAR) output[written++] = code;
    else {
      // A code that is only now being defined repeats the previous string and its first byte.
      const from = code < next ? starts[code] : previous!.start;
      for (let i = 0; i < length; i++) output[written++] = output[from + i];
    }

    if (previous !== undefined) {
      if (next >= CODES) throw new Error(`the LZW table is full at byte ${position}`);
      starts[next] = previous.start;
      lengths[next++] = previous.length + 1;
      if (next + 1 >= 1 << width && width < 12) width++;
    }
    previous = { start, length };
  }
  return output.subarray(0, written);
}
