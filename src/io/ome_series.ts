import { type OmeRun, readOme } from "./ome_metadata.ts";
import { TiffFile } from "./tiff_directory.ts";
import { damaged } from "./tiff_error.ts";
import { requireSupported, storedType } from "./tiff_layout.ts";
import { type Page, readPages } from "./tiff_page.ts";
import type { Described, OpenTiff, PlaneLocation } from "./described.ts";

/** A run whose length is known. */
type Run = OmeRun & { readonly count: number };

/** The stack that OME-XML describes, over this file and those beside it. */
export function omeSeries(tiff: OpenTiff, notes: string[], signal?: AbortSignal): Described {
  const { file, pages, fields } = tiff;
  const { layout } = pages[0];
  const metadata = readOme(file.name, fields.description, layout.samples, notes);
  const { X, Y, Z: z, C, T: t } = metadata.sizes;
  if (X !== layout.width || Y !== layout.height) {
    const stored = `its pages are ${layout.width} x ${layout.height}`;
    throw damaged(file.name, `its OME-XML says ${X} x ${Y} pixels, and ${stored}`);
  }
  const c = C / layout.samples;
  const planes = z * c * t;
  const runs = completeRuns(file.name, metadata.runs, pages.length, planes);
  const used = runs.reduce((sum, run) => sum + (run.file === undefined ? run.count : 0), 0);
  if (used < pages.length) {
    notes.push(`${pages.length - used} pages outside the first image were ignored`);
  }

  const counts = { Z: z, C: c, T: t };
  const steps = { Z: 0, C: 0, T: 0 };
  metadata.order.reduce((step, axis) => (steps[axis] = step) * counts[axis], 1);

  const files = new Map<string | undefined, Promise<OpenTiff>>([[
    undefined,
    Promise.resolve(tiff),
  ]]);
  const open = (name: string | undefined) => {
    const opened = files.get(name) ?? openSibling(tiff, name!, signal);
    files.set(name, opened);
    return opened;
  };
  return {
    format: "OME-TIFF",
    sizes: { z, c, t },
    order: { z: steps.Z, c: steps.C, t: steps.T },
    planes,
    voxelSize: metadata.voxelSize,
    frameInterval: metadata.frameInterval,
    channelNames: metadata.channelNames,
    extras: metadata.extras,
    locate: async (plane) => {
      const run = runAt(runs, plane);
      return pageOf(await open(run.file), run.ifd + plane - run.first, pages[0]);
    },
  };
}

/** Sorts the runs and makes sure that every plane has one place, and that this file holds it. */
function completeRuns(
  file: string,
  given: readonly OmeRun[],
  held: number,
  planes: number,
): readonly Run[] {
  const described = given.length === 0 ? [{ first: 0, ifd: 0 }] : given;
  const runs = described
    .map((run) => ({ ...run, count: run.count ?? Math.min(held, planes - run.first) }))
    .filter((run) => run.count > 0)
    .sort((a, b) => a.first - b.first);
  let next = 0;
  for (const run of runs) {
    if (run.first < next) throw damaged(file, `its OME-XML gives plane ${run.first} two places`);
    if (run.first > next) break;
    if (run.file === undefined && run.ifd + run.count > held) {
      const needed = `its OME-XML looks for ${run.count} planes from IFD ${run.ifd} on`;
      throw damaged(file, `${needed}, and the file has ${held} IFDs`);
    }
    next += run.count;
  }
  if (next === planes) return runs;
  throw damaged(
    file,
    next > planes
      ? `its OME-XML lists ${next} planes for a stack of ${planes}`
      : `its OME-XML claims ${planes} planes and gives no place to number ${next}`,
  );
}

function runAt(runs: readonly Run[], plane: number): Run {
  let [low, high] = [0, runs.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (runs[middle].first <= plane) low = middle;
    else high = middle - 1;
  }
  return runs[low];
}

async function openSibling(tiff: OpenTiff, name: string, signal?: AbortSignal): Promise<OpenTiff> {
  const source = await tiff.file.source.sibling?.(name);
  if (source === undefined) {
    const needed = `a part of its stack lies in ${name}`;
    throw damaged(tiff.file.name, `${needed}, which is not there: put the files side by side`);
  }
  const file = await TiffFile.open(source);
  return { file, ...await readPages(file, signal) };
}

/** The page `ifd` of a file, which must be stored with the size and type of the first page. */
function pageOf({ file, pages }: OpenTiff, ifd: number, first: Page): PlaneLocation {
  const page = pages[ifd];
  if (page === undefined) {
    throw damaged(file.name, `OME-XML looks for a plane in IFD ${ifd}, and it has ${pages.length}`);
  }
  requireSupported(file, page, false);
  const shape = ({ layout }: Page) =>
    `${layout.width} x ${layout.height} x ${layout.samples} ${storedType(layout)}`;
  if (shape(page) === shape(first)) return [file, page];
  const reason = `IFD ${ifd} is ${shape(page)} where the stack is ${shape(first)}`;
  throw damaged(file.name, reason);
}
