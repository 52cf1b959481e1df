import type { ByteSource } from "./byte_source.ts";
import { isImageJ, pixelSize, readImageJ, resolutionUnit } from "./imagej_metadata.ts";
import { isOme } from "./ome_xml.ts";
import type { Described, OpenTiff, Series } from "./described.ts";
import { omeSeries } from "./ome_series.ts";
import { TiffFile } from "./tiff_directory.ts";
import { damaged } from "./tiff_error.ts";
import { planeBytes, requireSupported, storedType } from "./tiff_layout.ts";
import { type Page, type PageLayout, readPages } from "./tiff_page.ts";
import { readBlocks } from "./tiff_plane.ts";
import { sampleTypeOf } from "./tiff_slice.ts";
import { voxelSizeOf } from "./voxel_size.ts";

/** Reads the directories and metadata of a TIFF; throws a TiffError where they do not hold. */
export async function openSeries(source: ByteSource, signal?: AbortSignal): Promise<Series> {
  const file = await TiffFile.open(source);
  const tiff: OpenTiff = { file, ...await readPages(file, signal) };
  const { description } = tiff.fields;
  const [page] = tiff.pages;
  requireSupported(file, page, isImageJ(description));
  const { layout } = page;
  const notes = layoutNotes(layout);
  const described = isImageJ(description)
    ? imageJSeries(tiff, notes)
    : isOme(description)
    ? omeSeries(tiff, notes, signal)
    : plainSeries(tiff, notes);
  // A file that was cut or miswritten mostly shows it at one end: say so before any work is done.
  for (const plane of [0, described.planes - 1]) {
    await readBlocks(...await described.locate(plane));
  }
  const { sizes, format, voxelSize, frameInterval, channelNames, extras } = described;
  const { z, c, t } = sizes;
  return {
    ...described,
    layout,
    info: {
      sizes: { t, c: c * layout.samples, z, y: layout.height, x: layout.width },
      sampleType: sampleTypeOf(layout),
      storedType: storedType(layout),
      voxelSize,
      frameInterval,
      channelNames,
      ...(extras && { extras }),
      format,
      notes,
    },
  };
}

function layoutNotes({ photometric, samples, orientation }: PageLayout): string[] {
  const notes = [];
  if (samples > 1) {
    const what = photometric === 2 && samples === 3 ? "RGB" : `${samples} samples a pixel`;
    notes.push(`${what} read as ${samples === 3 ? "three" : samples} channels`);
  }
  if (photometric === 0) notes.push("zero is stored as white: the values were read as stored");
  if (photometric === 3) notes.push("the colour table was ignored: the values were read as stored");
  if (orientation !== 1) notes.push(`orientation ${orientation} was ignored: rows read as stored`);
  return notes;
}

function imageJSeries({ file, pages, fields }: OpenTiff, notes: string[]): Described {
  const metadata = readImageJ(file.name, fields, notes);
  const { images, channels: c, slices: z, frames: t, voxelSize, frameInterval, extras } = metadata;
  const planes = c * z * t;
  // Past 4 GB ImageJ writes one directory only, and the planes one after the other.
  const contiguous = pages.length === 1 && images > 1;
  const leading = leadingPages(pages, notes);
  const held = contiguous ? images : leading.length;
  if (planes > held) {
    const claimed = `ImageJ's metadata claim ${planes} planes (${c} x ${z} x ${t})`;
    throw damaged(file.name, `${claimed}, and the file has ${held}`);
  }
  if (planes < held) notes.push(`${held - planes} planes beyond ImageJ's ${planes} were ignored`);
  if (contiguous) requireContiguous(file, pages[0], images);
  const bytes = planeBytes(pages[0].layout);
  return {
    format: "ImageJ hyperstack",
    sizes: { z, c, t },
    order: { c: 1, z: c, t: c * z },
    planes,
    voxelSize,
    frameInterval,
    extras,
    locate: (plane) =>
      Promise.resolve(
        contiguous ? [file, pages[0], plane * bytes, images] : [file, leading[plane]],
      ),
  };
}

function requireContiguous(file: TiffFile, { layout }: Page, images: number): void {
  const { compression, bits, planarConfiguration, samples, tiled, blockHeight, height } = layout;
  const strip = !tiled && blockHeight >= height && (planarConfiguration === 1 || samples === 1);
  if (compression === 1 && bits % 8 === 0 && strip) {
    if (images * planeBytes(layout) <= file.size) return;
    const claim = `ImageJ's metadata claim ${images} planes of ${planeBytes(layout)} bytes`;
    throw damaged(file.name, `${claim}, and the file ends at byte ${file.size}: it was cut`);
  }
  const claim = `ImageJ's metadata claim ${images} planes in one IFD`;
  throw damaged(file.name, `${claim}, which its compression or strips do not allow`);
}

function plainSeries({ file, pages, fields }: OpenTiff, notes: string[]): Described {
  const leading = leadingPages(pages, notes);
  const z = leading.length;
  const unit = resolutionUnit(fields.resolutionUnit);
  const size = (resolution?: number) => unit === "" ? undefined : pixelSize(resolution, unit);
  return {
    format: "TIFF",
    sizes: { z, c: 1, t: 1 },
    order: { z: 1, c: z, t: z },
    planes: z,
    voxelSize: voxelSizeOf({ x: size(fields.xResolution), y: size(fields.yResolution) }, notes),
    locate: (plane) => Promise.resolve([file, leading[plane]]),
  };
}

/** The pages from the first on that are stored alike, thumbnails aside: the first series. */
function leadingPages(pages: readonly Page[], notes: string[]): readonly Page[] {
  const full = pages.filter((page, i) => i === 0 || !page.reduced);
  const other = full.findIndex((page) => page.layout !== full[0].layout);
  if (full.length < pages.length) {
    notes.push(`${pages.length - full.length} thumbnails were ignored`);
  }
  if (other < 0) return full;
  const ignored = `the ${full.length - other} pages from page ${other + 1} on`;
  notes.push(`${ignored} have another size or type and were ignored`);
  return full.slice(0, other);
}
