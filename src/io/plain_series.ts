import type { Description, Dialect, OpenTiff, SeriesEntry } from "./description.ts";
import { groupPages, pagedPlanes, sizesOf } from "./page_planes.ts";
import { storedType } from "./tiff_layout.ts";
import type { Page } from "./tiff_page.ts";
import { readBlocks } from "./tiff_plane.ts";
import { pixelSize, voxelSizeOf } from "./voxel_size.ts";

/** Pages without a word on what they are: those of one size and type are the slices of a stack. */
export const plain: Dialect = {
  claims: () => true,
  async series(tiff) {
    const groups = groupPages(tiff.pages);
    // Pages of one size and several types may be one stack with a number overwritten: the pixels of
    // each type must at least be as long as it needs.
    if (groups.length > 1) { for (const [page] of groups) await readBlocks(tiff.file, page); }
    return plainEntries(tiff, groups);
  },
};

/** One series for each group of pages. */
export function plainEntries(
  tiff: OpenTiff,
  groups: readonly (readonly Page[])[],
): readonly SeriesEntry[] {
  return groups.map((pages) => {
    const { layout } = pages[0];
    return {
      name: `pages from page ${pages[0].index + 1} on`,
      sizes: sizesOf(layout, [{ axis: "Z", size: pages.length }]),
      storedType: storedType(layout),
      describe: (notes) => describePages(tiff, pages, notes),
    };
  });
}

/** Pages as slices, with what TIFF itself says of their size. */
export function describePages(
  { file, fields }: OpenTiff,
  pages: readonly Page[],
  notes: string[],
): Description {
  return {
    format: "TIFF",
    layout: pages[0].layout,
    planes: pagedPlanes(file, pages),
    axes: [{ axis: "Z", size: pages.length }],
    assumed: true,
    voxelSize: voxelSizeOf({ x: pixelSize(fields, "x"), y: pixelSize(fields, "y") }, notes),
  };
}
