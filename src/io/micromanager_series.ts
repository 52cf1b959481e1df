import { beside, type Dialect, type OpenTiff } from "./description.ts";
import { isImageJ, readImageJ } from "./imagej_metadata.ts";
import { type IndexedFacts, type IndexedPlane, indexedSeries } from "./indexed_series.ts";
import { describePages } from "./plain_series.ts";
import { groupPages, sizesOf } from "./page_planes.ts";
import { TiffFile } from "./tiff_directory.ts";
import { damaged } from "./tiff_error.ts";
import { storedType } from "./tiff_layout.ts";
import { readPages } from "./tiff_page.ts";
import { voxelSizeOf } from "./voxel_size.ts";

/** Numbers that mark Micro-Manager's index and summary in its header. */
const INDEX_OFFSET = 54773648;
const INDEX = 3453623;
const SUMMARY = 2355492;

/**
 * Micro-Manager without OME-XML: an index at the file's end says what each plane is, or the JSON of
 * each plane does. A stack may go on in files of the same name with _1, _2 and so on.
 */
export const microManager: Dialect = {
  claims: async (tiff) =>
    await readIndexHeader(tiff.file) !== undefined ||
    tiff.fields.entries.has(51123) && !tiff.fields.descriptions.some(isImageJ),
  async series(tiff, signal) {
    const planes = await readIndexHeader(tiff.file) === undefined
      ? await planesByJson(tiff)
      : await planesByIndex(tiff, signal);
    if (planes === undefined) {
      const [pages] = groupPages(tiff.pages);
      const [{ layout }] = pages;
      return [{
        name: "Micro-Manager",
        sizes: sizesOf(layout, [{ axis: "Z", size: pages.length }]),
        storedType: storedType(layout),
        describe: (notes) => ({
          ...describePages(tiff, pages, notes),
          format: "Micro-Manager",
          ...(pages.length > 1 && { axes: { unknown: "its planes do not say what they are" } }),
        }),
      }];
    }
    return indexedSeries(tiff, planes, await factsOf(tiff));
  },
};

/** Where the index lies; undefined where the header has none. */
async function readIndexHeader(file: TiffFile): Promise<number | undefined> {
  if (file.big || file.size < 40) return undefined;
  const head = await file.view(8, 8, "the header");
  if (head.getUint32(0, file.littleEndian) !== INDEX_OFFSET) return undefined;
  const at = head.getUint32(4, file.littleEndian);
  if (at === 0 || at + 8 > file.size) return undefined;
  const mark = (await file.view(at, 4, "Micro-Manager's index")).getUint32(0, file.littleEndian);
  return mark === INDEX ? at : undefined;
}

async function planesByIndex(tiff: OpenTiff, signal?: AbortSignal): Promise<IndexedPlane[]> {
  const planes: IndexedPlane[] = [];
  for await (const { file, pages } of parts(tiff, signal)) {
    const at = await readIndexHeader(file);
    if (at === undefined) break;
    const count = (await file.view(at + 4, 4, "the index")).getUint32(0, file.littleEndian);
    const view = await file.view(at + 8, count * 20, "Micro-Manager's index");
    const byOffset = new Map(pages.map((page) => [page.offset, page]));
    for (let i = 0; i < count; i++) {
      const [c, z, t, position, offset] = [0, 1, 2, 3, 4]
        .map((word) => view.getUint32(20 * i + 4 * word, file.littleEndian));
      const page = byOffset.get(offset);
      if (page === undefined) {
        throw damaged(file.name, `Micro-Manager's index looks for a page at byte ${offset}`);
      }
      if (!page.empty) planes.push({ c, z, t, position, location: [file, page] });
    }
  }
  if (planes.length === 0) throw damaged(tiff.file.name, "Micro-Manager's index lists no plane");
  return planes;
}

/** The files of a set, from the first on, whichever was opened. */
async function* parts(
  tiff: OpenTiff,
  signal?: AbortSignal,
): AsyncGenerator<Pick<OpenTiff, "file" | "pages">> {
  const { source } = tiff.file;
  const own = source.name.split(/[/\\]/).at(-1)!;
  const [, stem, ending] = /^(.*?)((?:\.ome)?\.tiff?)$/i.exec(own) ?? [own, own, ""];
  const opened = async (name: string) => {
    if (name === own) return tiff;
    const other = await beside(source, name);
    if (other === undefined) return undefined;
    const file = await TiffFile.open(other);
    return { file, ...await readPages(file, signal) };
  };
  const first = stem.includes("MMStack") ? stem.replace(/_\d+$/, "") : stem;
  const start = first === stem ? undefined : await opened(first + ending);
  yield start ?? tiff;
  for (let part = 1;; part++) {
    const next = await opened(`${start === undefined ? stem : first}_${part}${ending}`);
    if (next === undefined) return;
    yield next;
  }
}

/** What each plane's JSON says; undefined where one does not say it. */
async function planesByJson({ file, pages }: OpenTiff): Promise<IndexedPlane[] | undefined> {
  const planes: IndexedPlane[] = [];
  let bytes = 0;
  for (const page of pages) {
    if (page.reduced || page.empty) continue;
    if (page.microManager === undefined) return undefined;
    bytes += page.microManager.count;
    if (bytes > file.size) throw damaged(file.name, "the texts of its planes overlap");
    const json = record(await file.text(page.microManager));
    const [c, z, t, position] = ["Channel", "Slice", "Frame", "Position"]
      .map((axis) => json[`${axis}Index`]);
    if (![c, z, t].every((index) => Number.isSafeInteger(index) && Number(index) >= 0)) {
      return undefined;
    }
    const place = Number.isSafeInteger(position) ? Number(position) : 0;
    const location = [file, page] as const;
    planes.push({ c: Number(c), z: Number(z), t: Number(t), position: place, location });
  }
  return planes.length > 0 ? planes : undefined;
}

async function factsOf(tiff: OpenTiff): Promise<IndexedFacts> {
  const { file, fields, pages } = tiff;
  const summary = await readSummary(file);
  const first = pages[0].microManager ? record(await file.text(pages[0].microManager)) : {};
  const description = fields.descriptions.find(isImageJ);
  const imageJ = description && readImageJ(file.name, description, fields, []).voxelSize;
  const positive = (...values: readonly unknown[]) =>
    values.map(Number).find((value) => value > 0 && Number.isFinite(value));
  const pixel = positive(summary.PixelSize_um, first.PixelSizeUm, summary.PixelSizeUm);
  const step = positive(summary["z-step_um"], first["z-step_um"]);
  const interval = positive(summary.Interval_ms);
  const names = Array.isArray(summary.ChNames) ? summary.ChNames.map(String) : undefined;
  const um = (value: number) => ({ value, unit: "um" });
  return {
    format: "Micro-Manager",
    voxelSize: pixel === undefined && step === undefined && imageJ ? imageJ : voxelSizeOf({
      ...(pixel !== undefined && { x: um(pixel), y: um(pixel) }),
      ...(step !== undefined && { z: um(step) }),
    }, []),
    ...(interval && { frameInterval: { value: interval / 1000, unit: "s" } }),
    ...(names && { channelNames: names }),
  };
}

/** The JSON of the whole acquisition, which stands after the header. */
async function readSummary(file: TiffFile): Promise<Record<string, unknown>> {
  if (file.big || file.size < 40) return {};
  const head = await file.view(32, 8, "the header");
  const length = head.getUint32(4, file.littleEndian);
  if (head.getUint32(0, file.littleEndian) !== SUMMARY || 40 + length > file.size) return {};
  const view = await file.view(40, length, "Micro-Manager's summary");
  return record(new TextDecoder().decode(view));
}

/** A JSON object; an empty one where the text is none. */
export function record(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text.replace(/\0+$/, ""));
    return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
  } catch {
    return {};
  }
}
