import type { PageLayout } from "./tiff_page.ts";
import { interleaved, sampleBytes } from "./tiff_layout.ts";

/**
 * Turns a block's decompressed bytes into whole samples: little-endian, predictor undone, odd bit
 * depths unpacked. May change `block` in place only where it owns it, that is when compressed.
 */
export function unpackSamples(
  block: Uint8Array<ArrayBuffer>,
  layout: PageLayout,
  littleEndian: boolean,
): Uint8Array<ArrayBuffer> {
  const perRow = layout.blockWidth * interleaved(layout);
  if (layout.bits % 8 !== 0) return unpackBits(block, perRow, layout);
  if (layout.predictor === 3) {
    return undoFloatPredictor(block, perRow, interleaved(layout), sampleBytes(layout));
  }
  const bytes = littleEndian ? block : swapBytes(block, sampleBytes(layout));
  if (layout.predictor === 2) undoDifferences(bytes, perRow, interleaved(layout), layout.bits);
  return bytes;
}

function swapBytes(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  if (size === 1) return bytes;
  const swapped = new Uint8Array(bytes.length);
  for (let start = 0; start < bytes.length; start += size) {
    for (let i = 0; i < size; i++) swapped[start + i] = bytes[start + size - 1 - i];
  }
  return swapped;
}

/** Predictor 2: each sample was stored as its difference from the one to its left. */
function undoDifferences(
  bytes: Uint8Array<ArrayBuffer>,
  perRow: number,
  stride: number,
  bits: number,
): void {
  const Samples = bits === 8 ? Uint8Array : bits === 16 ? Uint16Array : Uint32Array;
  const count = bytes.length / Samples.BYTES_PER_ELEMENT;
  const values = new Samples(bytes.buffer, bytes.byteOffset, count);
  for (let row = 0; row < count; row += perRow) {
    for (let i = row + stride; i < row + perRow; i++) values[i] += values[i - stride];
  }
}

/** Predictor 3: a row's bytes were sorted by significance, highest first, then differenced. */
function undoFloatPredictor(
  bytes: Uint8Array<ArrayBuffer>,
  perRow: number,
  stride: number,
  size: number,
): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(bytes.length);
  const rowBytes = perRow * size;
  for (let row = 0; row < bytes.length; row += rowBytes) {
    for (let i = row + stride; i < row + rowBytes; i++) bytes[i] += bytes[i - stride];
    for (let b = 0; b < size; b++) {
      const from = row + (size - 1 - b) * perRow;
      for (let i = 0; i < perRow; i++) output[row + i * size + b] = bytes[from + i];
    }
  }
  return output;
}

/** Samples of 1 to 15 bits are one stream of bits, most significant first, rows start on a byte. */
function unpackBits(
  bytes: Uint8Array<ArrayBuffer>,
  perRow: number,
  { bits }: PageLayout,
): Uint8Array<ArrayBuffer> {
  const rowBytes = Math.ceil(perRow * bits / 8);
  const rows = bytes.length / rowBytes;
  const values = bits <= 8 ? new Uint8Array(rows * perRow) : new Uint16Array(rows * perRow);
  const mask = (1 << bits) - 1;
  for (let row = 0, out = 0; row < rows; row++) {
    let buffer = 0;
    let held = 0;
    let position = row * rowBytes;
    for (let i = 0; i < perRow; i++) {
      for (; held < bits; held += 8) buffer = ((buffer << 8) | bytes[position++]) & 0xffffff;
      held -= bits;
      values[out++] = (buffer >>> held) & mask;
    }
  }
  return new Uint8Array(values.buffer);
}
