import { beside, type Dialect, type OpenTiff } from "./description.ts";
import { type IndexedPlane, indexedSeries, MOST_PLANES } from "./indexed_series.ts";
import { record } from "./micromanager_series.ts";
import { groupPages, sizesOf } from "./page_planes.ts";
import { describePages } from "./plain_series.ts";
import { TiffFile } from "./tiff_directory.ts";
import { damaged, unsupported } from "./tiff_error.ts";
import { storedType } from "./tiff_layout.ts";
import { type Page, readPages } from "./tiff_page.ts";
import { voxelSizeOf } from "./voxel_size.ts";

const MAGIC = 483729;
const SUMMARY = 2355492;
const INDEX_NAME = "NDTiff.index";

/** NDTiff (Micro-Manager 2, Pycro-Manager): a file beside the images names the place of each plane. */
export const ndTiff: Dialect = {
  claims: async ({ file }) =>
    file.size > 16 && !file.big &&
    (await file.view(8, 4, "the header")).getUint32(0, file.littleEndian) === MAGIC,
  async series(tiff, signal) {
    const index = await beside(tiff.file.source, INDEX_NAME);
    if (index === undefined) {
      const [pages] = groupPages(tiff.pages);
      const [{ layout }] = pages;
      const unknown = `its ${INDEX_NAME} is not beside it`;
      return [{
        name: "NDTiff",
        sizes: sizesOf(layout, [{ axis: "Z", size: pages.length }]),
        storedType: storedType(layout),
        describe: (notes) => ({
          ...describePages(tiff, pages, notes),
          format: "NDTiff of Micro-Manager",
          axes: { unknown },
        }),
      }];
    }
    const entries = readIndex(index.name, await index.read(0, Math.min(index.size, MOST_BYTES)));
    const { planes, channelNames } = await place(tiff, entries, signal);
    const summary = await readSummary(tiff.file);
    const number = (key: string) => {
      const value = Number(summary[key]);
      return value > 0 ? { value, unit: "um" } : undefined;
    };
    const pixel = number("PixelSize_um");
    const step = number("z-step_um");
    return indexedSeries(tiff, planes, {
      format: "NDTiff of Micro-Manager",
      voxelSize: voxelSizeOf({
        ...(pixel && { x: pixel, y: pixel }),
        ...(step && { z: step }),
      }, []),
      ...(channelNames && { channelNames }),
    });
  },
};

/** A longer index is not read: it would list more planes than any stack has. */
const MOST_BYTES = 2 ** 28;

interface IndexEntry {
  readonly axes: Readonly<Record<string, unknown>>;
  readonly file: string;
  readonly pixels: number;
}

/** For each plane a JSON of its axes, the file, and where there. */
function readIndex(name: string, bytes: Uint8Array<ArrayBuffer>): IndexEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: IndexEntry[] = [];
  let at = 0;
  const text = () => {
    if (at + 4 > bytes.length) throw damaged(name, "it is cut");
    const length = view.getUint32(at, true);
    if (at + 4 + length > bytes.length) throw damaged(name, "it is cut");
    at += 4 + length;
    return new TextDecoder().decode(bytes.subarray(at - length, at));
  };
  while (at + 4 <= bytes.length && view.getUint32(at, true) > 0) {
    const axes = record(text());
    const file = text();
    if (at + 32 > bytes.length) throw damaged(name, "it is cut");
    entries.push({ axes, file, pixels: view.getUint32(at, true) });
    if (entries.length > MOST_PLANES) {
      throw damaged(name, `it lists more than ${MOST_PLANES} planes`);
    }
    at += 32;
  }
  if (entries.length === 0) throw damaged(name, "it lists no plane");
  return entries;
}

/** NDTiff's names of the axes that a stack has. */
const AXES = { channel: "c", z: "z", time: "t", position: "position" } as const;

async function place(tiff: OpenTiff, entries: readonly IndexEntry[], signal?: AbortSignal) {
  const names = new Set(entries.flatMap(({ axes }) => Object.keys(axes)));
  const numbered = new Map<string, ReadonlyMap<unknown, number>>();
  for (const name of names) {
    const values = [...new Set(entries.map(({ axes }) => axes[name] ?? 0))];
    // Numbers count from the least; names in the order that they come in.
    const numbers = values.every((value) => Number.isSafeInteger(value));
    const least = numbers ? values.reduce<number>((a, b) => Math.min(a, Number(b)), Infinity) : 0;
    numbered.set(
      name,
      new Map(values.map((value, i) => [value, numbers ? Number(value) - least : i])),
    );
    if (values.length > 1 && !Object.hasOwn(AXES, name)) {
      const reason = `it was written by NDTiff of Micro-Manager, and the axis ${name} is not known`;
      throw unsupported(tiff.file.name, `${reason} here`);
    }
  }
  const number = (axes: IndexEntry["axes"], name: string) =>
    numbered.get(name)?.get(axes[name] ?? 0) ?? 0;
  const files = new Map<string, Promise<Located>>();
  const planes: IndexedPlane[] = [];
  for (const { axes, file: name, pixels } of entries) {
    const opening = files.get(name) ?? open(tiff, name, signal);
    files.set(name, opening);
    const { file, byPixels } = await opening;
    const page = byPixels.get(pixels);
    if (page === undefined) {
      throw damaged(name, `${INDEX_NAME} looks for a plane at byte ${pixels}`);
    }
    planes.push({
      c: number(axes, "channel"),
      z: number(axes, "z"),
      t: number(axes, "time"),
      position: number(axes, "position"),
      location: [file, page],
    });
  }
  const channels = [...numbered.get("channel")?.keys() ?? []];
  const named = channels.length > 0 && channels.every((name) => typeof name === "string");
  return { planes, ...(named && { channelNames: channels as string[] }) };
}

interface Located {
  readonly file: TiffFile;
  readonly byPixels: ReadonlyMap<number, Page>;
}

async function open(tiff: OpenTiff, name: string, signal?: AbortSignal): Promise<Located> {
  const own = tiff.file.source.name.split(/[/\\]/).at(-1);
  const source = name === own ? undefined : await beside(tiff.file.source, name);
  if (name !== own && source === undefined) {
    const reason = `a part of its stack lies in ${name}`;
    throw damaged(tiff.file.name, `${reason}, which is not there: put the files side by side`);
  }
  const file = source === undefined ? tiff.file : await TiffFile.open(source);
  const { pages } = source === undefined ? tiff : await readPages(file, signal);
  const byPixels = new Map<number, Page>();
  for (const page of pages) byPixels.set((await file.numbers(page.blockOffsets, 1))[0], page);
  return { file, byPixels };
}

/** The JSON of the whole acquisition: after the version, which has one number or two. */
async function readSummary(file: TiffFile): Promise<Record<string, unknown>> {
  for (const at of [16, 20]) {
    if (at + 8 > file.size) return {};
    const head = await file.view(at, 8, "the header");
    const length = head.getUint32(4, file.littleEndian);
    if (head.getUint32(0, file.littleEndian) !== SUMMARY || at + 8 + length > file.size) continue;
    return record(new TextDecoder().decode(await file.view(at + 8, length, "its summary")));
  }
  return {};
}
