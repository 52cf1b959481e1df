import { DECODERS } from "./tiff_codecs.ts";
import type { TiffFile } from "./tiff_directory.ts";
import { damaged } from "./tiff_error.ts";
import { interleaved, planeBytes, requireCredible, sampleBytes } from "./tiff_layout.ts";
import type { Page, PageLayout } from "./tiff_page.ts";
import { unpackSamples } from "./tiff_samples.ts";

/** A strip or a tile: where its bytes lie and how many bytes they must decode to. */
interface Block {
  readonly label: string;
  readonly x: number;
  readonly y: number;
  /** Sample plane that it belongs to; 0 where samples are interleaved. */
  readonly sample: number;
  readonly rows: number;
  readonly offset: number;
  readonly stored: number;
  /** Bytes of the rows inside the image, and of all rows: a last strip may have either. */
  readonly inside: number;
  readonly full: number;
}

/** Writers may align blocks: this many spare bytes are no sign of damage. */
const PADDING_BYTES = 16;

/**
 * Finds a page's blocks and checks that the file can hold what they claim; throws a TiffError
 * that says which block lies where it cannot. `shift` moves all by that many bytes, `copies` is
 * how many planes the byte count of an uncompressed block may cover.
 */
export async function readBlocks(
  file: TiffFile,
  page: Page,
  shift = 0,
  copies = 1,
): Promise<Block[]> {
  const { layout } = page;
  const across = Math.ceil(layout.width / layout.blockWidth);
  const down = Math.ceil(layout.height / layout.blockHeight);
  const planes = layout.planarConfiguration === 2 ? layout.samples : 1;
  const needed = across * down * planes;
  const listed = Math.min(page.blockOffsets.count, page.blockCounts.count);
  const kind = layout.tiled ? "tile" : "strip";
  if (listed < needed) {
    const image = `${layout.width} x ${layout.height} pixels`;
    const reason = `IFD ${page.index} claims ${image} in ${needed} ${kind}s and lists ${listed}`;
    throw damaged(file.name, reason);
  }
  const offsets = await file.numbers(page.blockOffsets, needed);
  const counts = await file.numbers(page.blockCounts, needed);
  const rowBytes = Math.ceil(layout.blockWidth * interleaved(layout) * layout.bits / 8);
  const blocks = offsets.map((offset, i): Block => {
    const y = Math.floor(i / across) % down * layout.blockHeight;
    const rows = Math.min(layout.blockHeight, layout.height - y);
    const full = layout.blockHeight * rowBytes;
    return {
      label: `${kind} ${i} of IFD ${page.index}`,
      x: i % across * layout.blockWidth,
      y,
      sample: Math.floor(i / (across * down)),
      rows,
      offset: offset + shift,
      stored: counts[i],
      inside: layout.tiled ? full : rows * rowBytes,
      full,
    };
  });
  for (const block of blocks) requireInside(file, block, layout, copies);
  const stored = counts.reduce((sum, count) => sum + count, 0);
  if (layout.compression !== 1) {
    // Blocks may overlap in a hostile file, so that their counts add up to more than the file.
    const available = Math.min(stored, file.size);
    requireCredible(file.name, `IFD ${page.index}`, available, needed * blocks[0].full);
  }
  return blocks;
}

function requireInside(file: TiffFile, block: Block, layout: PageLayout, copies: number): void {
  const { label, offset, stored, inside, full } = block;
  if (layout.compression === 1) {
    const spare = stored - inside;
    const plausible = spare >= 0 && spare < PADDING_BYTES || stored === full ||
      stored === inside * copies;
    if (!plausible) {
      const type = `${layout.bits}-bit samples`;
      const reason = `${label} has ${stored} bytes, and its ${type} need ${inside}`;
      throw damaged(file.name, reason);
    }
  } else {
    requireCredible(file.name, label, stored, full);
  }
  const end = offset + (layout.compression === 1 ? inside : stored);
  if (![offset, stored].every((value) => Number.isSafeInteger(value) && value > 0)) {
    throw damaged(file.name, `${label} has no pixel data (offset ${offset}, ${stored} bytes)`);
  }
  if (end > file.size) {
    const reason =
      `${label} lies at bytes ${offset} to ${end}, past the file's end at ${file.size}`;
    throw damaged(file.name, `${reason}: the file was cut`);
  }
}

/**
 * Reads one page: its samples as [height][width][samples], little-endian, unpacked to whole
 * bytes. Throws a TiffError where the data are cut, broken, or of another length than they claim.
 */
export async function readPlane(
  file: TiffFile,
  page: Page,
  shift = 0,
  copies = 1,
): Promise<Uint8Array<ArrayBuffer>> {
  const { layout } = page;
  const blocks = await readBlocks(file, page, shift, copies);
  const plane = new Uint8Array(planeBytes(layout));
  for (const block of blocks) {
    const samples = unpackSamples(
      await decodeBlock(file, block, layout),
      layout,
      file.littleEndian,
    );
    place(plane, samples, block, layout);
  }
  return plane;
}

async function decodeBlock(file: TiffFile, block: Block, layout: PageLayout) {
  const { label, offset, stored, inside, full } = block;
  const length = layout.compression === 1 ? inside : stored;
  const bytes = await file.source.read(offset, length);
  if (bytes.length < length) throw damaged(file.name, `${label} ends early: the file was cut`);
  let decoded: Uint8Array<ArrayBuffer>;
  try {
    decoded = await DECODERS.get(layout.compression)!(bytes, full);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw damaged(file.name, `${label} at byte ${offset} does not decode: ${what}`, cause);
  }
  if (decoded.length !== inside && decoded.length !== full) {
    const reason = `decodes to ${decoded.length} bytes where ${inside} are expected`;
    throw damaged(file.name, `${label} at byte ${offset} ${reason}`);
  }
  return decoded;
}

function place(plane: Uint8Array, samples: Uint8Array, block: Block, layout: PageLayout): void {
  const size = sampleBytes(layout);
  const side = interleaved(layout);
  const rowBytes = layout.blockWidth * side * size;
  const columns = Math.min(layout.blockWidth, layout.width - block.x);
  const pixelBytes = layout.samples * size;
  for (let row = 0; row < block.rows; row++) {
    const from = samples.subarray(row * rowBytes, row * rowBytes + columns * side * size);
    const to = ((block.y + row) * layout.width + block.x) * pixelBytes + block.sample * size;
    if (side === layout.samples) plane.set(from, to);
    else {
      for (let i = 0; i < from.length; i++) {
        plane[to + Math.floor(i / size) * pixelBytes + i % size] = from[i];
      }
    }
  }
}
