import type { SeriesSummary } from "../stack/stack.ts";
import type { ByteSource } from "./byte_source.ts";
import type { Description, OpenTiff, PlaneLocation, SeriesEntry } from "./description.ts";
import { DIALECTS } from "./dialects.ts";
import { requireTiff } from "./foreign_format.ts";
import { isXml, OmeFiles } from "./ome_files.ts";
import { omeEntries } from "./ome_series.ts";
import { pageShape } from "./page_planes.ts";
import { assemble, type Series } from "./series.ts";
import { chosen, type StackOptions } from "./stack_options.ts";
import { TiffFile } from "./tiff_directory.ts";
import { damaged } from "./tiff_error.ts";
import { requireSupported } from "./tiff_layout.ts";
import { type PageLayout, readPages } from "./tiff_page.ts";
import { readBlocks, readPlane } from "./tiff_plane.ts";

/**
 * Reads the directories and metadata of a TIFF, or of the XML that describes several; throws a
 * TiffError where they do not hold, or what wrote them is not understood.
 */
export async function openSeries(source: ByteSource, options: StackOptions = {}): Promise<Series> {
  const { signal } = options;
  const entries = await entriesOf(source, signal);
  const number = chooseSeries(entries, options.series);
  const notes: string[] = [];
  if (entries.length > 1 && options.series === undefined) notes.push(othersNote(entries, number));
  const description = await entries[number].describe(notes);
  const { planes } = description;
  const locate = checkedPlanes(description);
  const told = new Set<string>();
  const series = (): Series =>
    assemble({
      name: source.name,
      description,
      planes,
      notes: [...notes, ...told],
      options,
      ...(entries.length > 1 && {
        beside: { series: entries.map(summaryOf), seriesNumber: number + 1 },
      }),
      async read(plane) {
        const [file, page, shift] = await locate(plane);
        const bytes = await readPlane(file, page, shift);
        return { bytes, layout: page.layout, file: file.name };
      },
    });
  // A file that is refused by its axes is refused before its planes are looked at.
  series();
  // A file that was cut or miswritten mostly shows it at one end: say so before any work is done.
  const atEnds = planes.held === undefined ? [0, planes.count - 1] : ends(planes.held);
  for (const plane of new Set(atEnds)) {
    const [file, page, shift] = await locate(plane);
    const blocks = await readBlocks(file, page, shift, shift === undefined ? told : undefined);
    if (blocks.some(({ open }) => open)) await readPlane(file, page, shift);
  }
  return series();
}

/** The least and the largest of many numbers. */
function ends(numbers: Iterable<number>): [number, number] {
  let [least, most] = [Infinity, -Infinity];
  for (const number of numbers) {
    if (number < least) least = number;
    if (number > most) most = number;
  }
  return [least, most];
}

async function entriesOf(
  source: ByteSource,
  signal?: AbortSignal,
): Promise<readonly SeriesEntry[]> {
  if (await isXml(source)) return omeEntries(await OmeFiles.companion(source, signal));
  await requireTiff(source);
  const file = await TiffFile.open(source);
  const tiff: OpenTiff = { file, ...await readPages(file, signal) };
  for (const dialect of DIALECTS) {
    if (await dialect.claims(tiff)) return await dialect.series(tiff, signal);
  }
  throw new Error("Every TIFF is claimed by the last dialect");
}

/**
 * The one that was asked for, else of those in this very file the one with most slices: the first is
 * often a preview, and a set of files describes the stacks of all.
 */
function chooseSeries(entries: readonly SeriesEntry[], wanted: number | undefined): number {
  if (wanted !== undefined) return chosen("series", [wanted], entries.length)[0];
  const slices = entries.map(({ sizes, elsewhere }) => elsewhere ? 0 : sizes.z);
  return slices.indexOf(ends(slices)[1]);
}

function summaryOf({ name, sizes, storedType }: SeriesEntry): SeriesSummary {
  return { name, sizes, storedType };
}

const MOST_NAMED = 4;

function othersNote(entries: readonly SeriesEntry[], number: number): string {
  const others = entries.flatMap(({ sizes: { t, c, z, y, x }, storedType }, i) =>
    i === number ? [] : [`${i + 1}: ${t} x ${c} x ${z} x ${y} x ${x} ${storedType}`]
  );
  const more = others.length > MOST_NAMED ? ` and ${others.length - MOST_NAMED} more` : "";
  return `series ${number + 1} of ${entries.length} was read; the others are ` +
    `(T x C x Z x Y x X) ${others.slice(0, MOST_NAMED).join(", ")}${more}`;
}

/** Planes that are all of one size and type, and stored in a way that is read. */
function checkedPlanes({ layout, planes, format }: Description) {
  const palette = format.startsWith("ImageJ");
  const shape = pageShape(layout);
  const checked = new Set<PageLayout>();
  return async (plane: number): Promise<PlaneLocation> => {
    const location = await planes.locate(plane);
    const [file, page] = location;
    if (checked.has(page.layout)) return location;
    requireSupported(file, page, palette);
    if (pageShape(page.layout) !== shape) {
      const own = pageShape(page.layout);
      throw damaged(file.name, `IFD ${page.index} is ${own} where the stack is ${shape}`);
    }
    checked.add(page.layout);
    return location;
  };
}
