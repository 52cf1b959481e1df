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
  /** Where its data end is not known: they are decoded until the block is full. */
  readonly open: boolean;
  /** Bytes of the rows inside the image, and of all rows: a last strip may have either. */
  readonly inside: number;
  readonly full: number;
}

/** Writers may align blocks: this many spare bytes are no sign of damage. */
const PADDING_BYTES = 16;

/**
 * Finds a page's blocks and checks that the file can hold what they claim; throws a TiffError
 * that says which block lies where it cannot. `shift` moves all by that many bytes. Byte counts
 * that are missing, 0 or too large are taken as libtiff takes them, and `notes` is told of it.
 */
export async function readBlocks(
  file: TiffFile,
  page: Page,
  shift = 0,
  notes?: Set<string>,
): Promise<Block[]> {
  const { layout } = page;
  const across = Math.ceil(layout.width / layout.blockWidth);
  const down = Math.ceil(layout.height / layout.blockHeight);
  const planes = layout.planarConfiguration === 2 ? layout.samples : 1;
  const needed = across * down * planes;
  const { blockOffsets, blockCounts } = page;
  const listed = Math.min(blockOffsets.count, blockCounts?.count || blockOffsets.count);
  const kind = layout.tiled ? "tile" : "strip";
  if (listed < needed) {
    const image = `${layout.width} x ${layout.height} pixels`;
    const reason = `IFD ${page.index} claims ${image} in ${needed} ${kind}s and lists ${listed}`;
    throw damaged(file.name, reason);
  }
  const offsets = await file.numbers(blockOffsets, needed);
  const counts = blockCounts?.count ? await file.numbers(blockCounts, needed) : [];
  const rowBytes = Math.ceil(layout.blockWidth * interleaved(layout) * layout.bits / 8);
  const full = layout.blockHeight * rowBytes;
  const ends = counts.every((count) => count > 0) && counts.length > 0
    ? undefined
    : offsets.toSorted((a, b) => a - b);
  const blocks = offsets.map((offset, i): Block => {
    const label = `${kind} ${i} of IFD ${page.index}`;
    const y = Math.floor(i / across) % down * layout.blockHeight;
    const rows = Math.min(layout.blockHeight, layout.height - y);
    const inside = layout.tiled ? full : rows * rowBytes;
    const start = offset + shift;
    const extent = counts[i] > 0
      ? statedExtent(file, layout, label, { start, count: counts[i], inside, full }, notes)
      : assumedExtent(file, layout, { start, inside, ends, shift }, notes);
    return {
      label,
      x: i % across * layout.blockWidth,
      y,
      sample: Math.floor(i / (across * down)),
      rows,
      offset: start,
      stored: extent.stored,
      open: extent.open,
      inside,
      full,
    };
  });
  for (const block of blocks) requireInside(file, block, layout);
  if (layout.compression !== 1) {
    const stored = blocks.reduce((sum, block) => sum + block.stored, 0);
    // Blocks may overlap in a hostile file, so that their counts add up to more than the file.
    const available = Math.min(stored, file.size);
    requireCredible(file.name, `IFD ${page.index}`, available, needed * full);
  }
  return blocks;
}

/** How many bytes a block takes by its byte count, which may be larger than what it needs. */
function statedExtent(
  file: TiffFile,
  layout: PageLayout,
  label: string,
  { start, count, inside, full }: Record<"start" | "count" | "inside" | "full", number>,
  notes?: Set<string>,
) {
  if (layout.compression !== 1) {
    const past = start < file.size && start + count > file.size;
    if (past) notes?.add("byte counts that reach past the file's end were cut there");
    return { stored: past ? file.size - start : count, open: past };
  }
  const spare = count - inside;
  // Samples that don't fill bytes have no other measure that tells a wrong number of bits.
  if (spare < 0 || layout.bits % 8 !== 0 && spare >= PADDING_BYTES && count !== full) {
    const reason = `${label} has ${count} bytes, and its ${layout.bits}-bit samples need ${inside}`;
    throw damaged(file.name, reason);
  }
  if (spare >= PADDING_BYTES && count !== full) {
    notes?.add("byte counts larger than the pixels need: what is beyond them was left aside");
  }
  return { stored: inside, open: false };
}

/** How many bytes a block takes whose byte count is missing or 0: up to the next one, at most. */
function assumedExtent(
  file: TiffFile,
  layout: PageLayout,
  { start, inside, ends, shift }: {
    readonly start: number;
    readonly inside: number;
    readonly ends: readonly number[] | undefined;
    readonly shift: number;
  },
  notes?: Set<string>,
) {
  notes?.add("byte counts are missing: they were taken from the size of the pixels");
  if (layout.compression === 1) return { stored: inside, open: false };
  const next = after(ends ?? [], start - shift);
  return { stored: (next === undefined ? file.size : next + shift) - start, open: true };
}

/** The first of sorted numbers that is larger. */
function after(sorted: readonly number[], value: number): number | undefined {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] > value) high = middle;
    else low = middle + 1;
  }
  return sorted[low];
}

function requireInside(file: TiffFile, block: Block, layout: PageLayout): void {
  const { label, offset, stored, full } = block;
  if (layout.compression !== 1) requireCredible(file.name, label, stored, full);
  if (![offset, stored].every((value) => Number.isSafeInteger(value) && value > 0)) {
    throw damaged(file.name, `${label} has no pixel data (offset ${offset}, ${stored} bytes)`);
  }
  const end = offset + stored;
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
): Promise<Uint8Array<ArrayBuffer>> {
  const { layout } = page;
  const blocks = await readBlocks(file, page, shift);
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
  const { label, offset, stored, open, inside, full } = block;
  const bytes = await file.source.read(offset, stored);
  if (bytes.length < stored) throw damaged(file.name, `${label} ends early: the file was cut`);
  let decoded: Uint8Array<ArrayBuffer>;
  try {
    decoded = await DECODERS.get(layout.compression)!(bytes, full, open);
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
