import type { AxisSize, Description, Dialect, OpenTiff, SeriesEntry } from "./description.ts";
import { OmeFiles } from "./ome_files.ts";
import { omeFacts, omePlanes, type OmeRun, omeSizes } from "./ome_metadata.ts";
import { isOme, type OmeElement } from "./ome_xml.ts";
import { damaged } from "./tiff_error.ts";
import type { Page } from "./tiff_page.ts";

/** A run whose length is known. */
type Run = OmeRun & { readonly count: number };

/** OME-TIFF: XML that says of every plane what it is and where, over one file or several. */
export const ome: Dialect = {
  claims: ({ fields }) => fields.descriptions.some(isOme),
  series: async (tiff, signal) => omeEntries(await OmeFiles.of(tiff, signal), tiff.file.name),
};

/** The images that OME-XML describes, each a series; `opened` is the file that was asked for. */
export function omeEntries(files: OmeFiles, opened?: string): readonly SeriesEntry[] {
  const images = files.root.Image ?? [];
  const described = images.filter((image) => image.Pixels?.[0] !== undefined);
  if (described.length === 0) throw damaged(files.name, "its OME-XML describes no image");
  const own = opened?.split(/[/\\]/).at(-1);
  const elsewhere = described.map(({ Pixels: [pixels] = [] }) =>
    (pixels.TiffData ?? []).length > 0 &&
    pixels.TiffData!.every(({ UUID: [uuid] = [] }) =>
      uuid?.["@FileName"] !== undefined && uuid["@FileName"] !== own
    )
  );
  // A companion holds no planes, and a file that was renamed is named by none.
  const known = !elsewhere.every((each) => each);
  return described.map((image, i) => {
    const pixels = image.Pixels![0];
    const { X, Y, Z, C, T } = omeSizes(files.name, pixels);
    return {
      name: image["@Name"] ?? image["@ID"] ?? `image ${i + 1}`,
      sizes: { t: T, c: C, z: Z, y: Y, x: X },
      storedType: TYPES[pixels["@Type"] ?? ""] ?? pixels["@Type"] ?? "",
      ...(known && elsewhere[i] && { elsewhere: true }),
      describe: (notes) => describe(files, pixels, notes),
    };
  });
}

const TYPES: Readonly<Record<string, string>> = { float: "float32", double: "float64" };

async function describe(
  files: OmeFiles,
  pixels: OmeElement,
  notes: string[],
): Promise<Description> {
  const { name } = files;
  const sizes = omeSizes(name, pixels);
  const first = await firstPage(files, pixels);
  const { layout } = first;
  if (sizes.X !== layout.width || sizes.Y !== layout.height) {
    const stored = `its pages are ${layout.width} x ${layout.height}`;
    throw damaged(name, `its OME-XML says ${sizes.X} x ${sizes.Y} pixels, and ${stored}`);
  }
  const { counts, planes, order, runs: given } = omePlanes(name, pixels, sizes, layout.samples);
  const runs = sortedRuns(files, given, planes);
  const covered = runs.reduce((sum, { count }) => sum + count, 0);
  const split = /<(?:\w+:)?ModuloAlong([ZCT])[\s>]/.exec(files.text)?.[1];
  const axes = order.toReversed().map((axis): AxisSize => ({ axis, size: counts[axis] }));
  return {
    format: "OME-TIFF",
    ownOrder: true,
    layout,
    axes: split === undefined ? axes : { unknown: `it divides the axis ${split} (ModuloAlong)` },
    planes: {
      count: planes,
      ...((covered < planes || files.own?.pages.some(({ empty }) => empty)) &&
        { held: heldBy(files, runs) }),
      async locate(plane) {
        const run = runAt(runs, plane);
        const tiff = await files.fileOf(run.data);
        return [tiff.file, pageOf(tiff, run.ifd + plane - run.first)];
      },
    },
    ...omeFacts(files.root, pixels, notes),
  };
}

/** The page of the first plane that is listed. */
async function firstPage(files: OmeFiles, pixels: OmeElement): Promise<Page> {
  const data = pixels.TiffData?.find((data) => data["@PlaneCount"] !== "0");
  const ifd = Number(data?.["@IFD"] ?? 0);
  return pageOf(await files.fileOf(data), ifd);
}

/** Sorts the runs and makes sure that no plane has two places. */
function sortedRuns(
  { name, own }: OmeFiles,
  given: readonly OmeRun[],
  planes: number,
): Run[] {
  const described = given.length === 0 ? [{ first: 0, ifd: 0 }] : given;
  const held = own?.pages.length ?? 0;
  const runs = described.map((run): Run => {
    // The XML may have been written before the planes were, of which the last ones never came.
    const most = isOwn(own, run) ? Math.max(0, held - run.ifd) : planes;
    return { ...run, count: Math.min(run.count ?? planes - run.first, most) };
  }).filter((run) => run.count > 0).sort((a, b) => a.first - b.first);
  let next = 0;
  for (const run of runs) {
    if (run.first < next) throw damaged(name, `its OME-XML gives plane ${run.first} two places`);
    next = run.first + run.count;
  }
  if (runs.length === 0) throw damaged(name, "its OME-XML gives no plane a place");
  if (next <= planes) return runs;
  throw damaged(name, `its OME-XML lists ${next} planes for a stack of ${planes}`);
}

function isOwn(own: OpenTiff | undefined, { data }: OmeRun): boolean {
  const name = data?.UUID?.[0]["@FileName"];
  return own !== undefined && (name === undefined || name === own.file.name.split(/[/\\]/).at(-1));
}

function heldBy({ own }: OmeFiles, runs: readonly Run[]): ReadonlySet<number> {
  const held = new Set<number>();
  for (const run of runs) {
    const pages = isOwn(own, run) ? own!.pages : undefined;
    for (let i = 0; i < run.count; i++) {
      if (!pages?.[run.ifd + i].empty) held.add(run.first + i);
    }
  }
  return held;
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

/** The page `ifd` of a file. */
function pageOf({ file, pages }: OpenTiff, ifd: number): Page {
  const page = pages[ifd];
  if (page !== undefined) return page;
  throw damaged(file.name, `OME-XML looks for a plane in IFD ${ifd}, and it has ${pages.length}`);
}
