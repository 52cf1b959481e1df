import type { Directory, Entry, TiffFile } from "./tiff_directory.ts";
import { damaged, unsupported } from "./tiff_error.ts";

/** The fields that say how a page's samples are stored, with the values that TIFF assumes. */
const FIELDS = {
  width: [256],
  height: [257],
  bits: [258, 1],
  compression: [259, 1],
  photometric: [262, 1],
  fillOrder: [266, 1],
  orientation: [274, 1],
  samples: [277, 1],
  rowsPerStrip: [278, 2 ** 32 - 1],
  planarConfiguration: [284, 1],
  predictor: [317, 1],
  tileWidth: [322, 0],
  tileHeight: [323, 0],
  extraSample: [338, 0],
  sampleFormat: [339, 1],
  depth: [32997, 1],
} as const satisfies Record<string, readonly [number, number?]>;

type Fields = { -readonly [name in keyof typeof FIELDS]: number };

/** Numbers of more than one value a page has no use for: bits and formats that differ. */
const PER_SAMPLE = [258, 339];

/** How the samples of a page are stored; pages that are stored alike share one object. */
export interface PageLayout extends Readonly<Fields> {
  readonly tiled: boolean;
  readonly blockWidth: number;
  readonly blockHeight: number;
}

/** One page: its layout and where its blocks (strips or tiles) are listed. */
export interface Page {
  readonly index: number;
  readonly offset: number;
  readonly layout: PageLayout;
  readonly blockOffsets: Entry;
  /** Undefined where the page doesn't say; its blocks then tell by their size or the next one. */
  readonly blockCounts?: Entry;
  /** A thumbnail or a coarser copy of another page. */
  readonly reduced: boolean;
  /** A page whose pixels were never written: its only block lies at byte 0. */
  readonly empty: boolean;
  readonly description?: Entry;
  /** Micro-Manager's JSON of this plane. */
  readonly microManager?: Entry;
}

/** What stands once in a file, in its first page's directory. */
export interface FileFields {
  /** The texts of tag 270: mostly one, and several where several programs' are kept. */
  readonly descriptions: readonly string[];
  readonly software: string;
  /** Pixels per resolution unit. */
  readonly xResolution?: number;
  readonly yResolution?: number;
  /** 1: none, 2: inch, 3: centimetre; undefined where the file leaves it out. */
  readonly resolutionUnit?: number;
  readonly entries: ReadonlyMap<number, Entry>;
}

/** More pages are not read: they take seconds, and no stack has them. */
const MOST_PAGES = 2 ** 19;

/** Reads the layouts of all pages; throws a TiffError where a page contradicts itself. */
export async function readPages(file: TiffFile, signal?: AbortSignal) {
  const layouts = new Map<string, PageLayout>();
  const pages: Page[] = [];
  let fields: FileFields | undefined;
  for await (const directory of file.directories(signal)) {
    fields ??= await readFileFields(file, directory);
    if (pages.length === MOST_PAGES) {
      throw unsupported(file.name, `it has more than ${MOST_PAGES} pages`);
    }
    pages.push(await readPage(file, directory, layouts));
  }
  return { pages, fields: fields! };
}

async function readPage(
  file: TiffFile,
  directory: Directory,
  layouts: Map<string, PageLayout>,
): Promise<Page> {
  const where = `IFD ${directory.index} at byte ${directory.offset}`;
  const values: Partial<Fields> = {};
  for (const [name, [tag, assumed]] of Object.entries(FIELDS)) {
    const entry = directory.entries.get(tag);
    const stated = entry && (entry.value ?? await readField(file, directory, tag, where));
    const value = stated ?? assumed;
    if (value === undefined) throw damaged(file.name, `${where} does not say the image's ${name}`);
    values[name as keyof Fields] = value;
  }
  const key = Object.values(values).join();
  const layout = layouts.get(key) ?? layoutOf(file, values as Fields, where);
  layouts.set(key, layout);

  const { index, offset, entries } = directory;
  const [offsetsTag, countsTag] = layout.tiled ? [324, 325] : [273, 279];
  const blockOffsets = entries.get(offsetsTag);
  if (blockOffsets === undefined) {
    throw damaged(file.name, `${where} does not say where its pixel data lies (offsets)`);
  }
  const kind = entries.has(254) ? await readField(file, directory, 254, where) ?? 0 : 0;
  return {
    index,
    offset,
    layout,
    blockOffsets,
    blockCounts: entries.get(countsTag),
    reduced: (kind & 1) === 1,
    // Lists of several blocks lie elsewhere in the file: they are read with their page.
    empty: blockOffsets.value === 0,
    description: directory.descriptions[0],
    microManager: entries.get(51123),
  };
}

async function readField(file: TiffFile, directory: Directory, tag: number, where: string) {
  const entry = directory.entries.get(tag);
  if (entry === undefined || entry.count === 0) return undefined;
  const [value, ...others] = await file.numbers(entry, PER_SAMPLE.includes(tag) ? 64 : 1);
  if (others.some((other) => other !== value)) {
    throw damaged(file.name, `${where} gives its samples different types (tag ${tag})`);
  }
  return value;
}

function layoutOf(file: TiffFile, fields: Fields, where: string): PageLayout {
  const { width, height, samples, bits, rowsPerStrip, tileWidth, tileHeight } = fields;
  const tiled = tileWidth > 0 || tileHeight > 0;
  const blockWidth = tiled ? tileWidth : width;
  const blockHeight = tiled ? tileHeight : Math.min(rowsPerStrip, height);
  const sizes = { width, height, samples, bits, blockWidth, blockHeight };
  for (const [name, value] of Object.entries(sizes)) {
    if (!Number.isInteger(value) || value < 1) {
      throw damaged(file.name, `${where} says ${value} for its ${name}`);
    }
  }
  return { ...fields, tiled, blockWidth, blockHeight };
}

/** More descriptions in one directory are not read. */
const MOST_DESCRIPTIONS = 4;

async function readFileFields(file: TiffFile, directory: Directory): Promise<FileFields> {
  const { entries } = directory;
  const number = async (tag: number) => {
    const entry = entries.get(tag);
    return entry && entry.count > 0 ? (await file.numbers(entry, 1))[0] : undefined;
  };
  const descriptions: string[] = [];
  for (const entry of directory.descriptions.slice(0, MOST_DESCRIPTIONS)) {
    descriptions.push(await file.text(entry));
  }
  const software = entries.get(305);
  return {
    descriptions,
    software: software === undefined ? "" : await file.text(software),
    xResolution: await number(282),
    yResolution: await number(283),
    resolutionUnit: await number(296),
    entries,
  };
}
