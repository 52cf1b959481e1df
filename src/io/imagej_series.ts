import type { Kept } from "../stack/stack.ts";
import type { AxisSize, Description, Dialect, OpenTiff, Planes } from "./description.ts";
import { readImageJBinary } from "./imagej_binary.ts";
import { type ImageJMetadata, isImageJ, readImageJ } from "./imagej_metadata.ts";
import { contiguousPlanes, groupPages, pagedPlanes, planeCount, sizesOf } from "./page_planes.ts";
import { plainEntries } from "./plain_series.ts";
import { damaged } from "./tiff_error.ts";
import { storedType } from "./tiff_layout.ts";
import type { Page } from "./tiff_page.ts";

/** ImageJ, Fiji and those who write as they do: one hyperstack from the first page on. */
export const imageJ: Dialect = {
  claims: ({ fields }) => fields.descriptions.some(isImageJ),
  series(tiff) {
    const [pages, ...others] = groupPages(tiff.pages);
    const description = tiff.fields.descriptions.find(isImageJ)!;
    const read = (notes: string[]) => readImageJ(tiff.file.name, description, tiff.fields, notes);
    const { layout } = pages[0];
    return [
      {
        name: "ImageJ hyperstack",
        sizes: sizesOf(layout, axesOf(read([]), pages)),
        storedType: storedType(layout),
        describe: (notes) => describe(tiff, pages, read(notes), notes),
      },
      ...plainEntries(tiff, others),
    ];
  },
};

function axesOf(
  { channels, slices, frames, order }: ImageJMetadata,
  pages: readonly Page[],
): readonly AxisSize[] {
  const { samples } = pages[0].layout;
  // Some count the colours of an RGB pixel as channels, though a page holds them all.
  const colours = samples > 1 && channels === samples && pages.length < channels * slices * frames;
  const sizes = { C: colours ? 1 : channels, Z: slices, T: frames };
  return order.map((axis) => ({ axis, size: sizes[axis] }));
}

async function describe(
  tiff: OpenTiff,
  pages: readonly Page[],
  metadata: ImageJMetadata,
  notes: string[],
): Promise<Description> {
  const { file, fields } = tiff;
  const axes = axesOf(metadata, pages);
  const planes = planesOf(tiff, pages, metadata, planeCount(axes), notes);
  const binary = await readImageJBinary(file, fields.entries, notes);
  const { voxelSize, frameInterval, channelNames, extras, calibration, range } = metadata;
  const kept: Kept = {
    ...binary,
    ...(binary.display === undefined && range && { display: [range] }),
    ...(calibration && { calibration }),
  };
  return {
    format: "ImageJ hyperstack",
    layout: pages[0].layout,
    planes,
    axes,
    voxelSize,
    frameInterval,
    channelNames,
    extras,
    kept,
  };
}

function planesOf(
  { file }: OpenTiff,
  pages: readonly Page[],
  { images }: ImageJMetadata,
  count: number,
  notes: string[],
): Planes {
  // Past 4 GB ImageJ writes one directory only, and the planes one after the other.
  const contiguous = pages.length === 1 && images > 1;
  const held = contiguous ? images : pages.length;
  if (count > held) {
    const reason = `ImageJ's metadata claim ${count} planes, and the file has ${held}`;
    throw damaged(file.name, reason);
  }
  if (count < held) notes.push(`${held - count} planes beyond ImageJ's ${count} were ignored`);
  if (!contiguous) return pagedPlanes(file, pages, count);
  return { ...contiguousPlanes(file, pages[0], images, "ImageJ's metadata claim"), count };
}
