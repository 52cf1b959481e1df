import type { StackInfo } from "../stack/stack.ts";
import type { AxisSize, Planes } from "./description.ts";
import type { TiffFile } from "./tiff_directory.ts";
import { damaged } from "./tiff_error.ts";
import { planeBytes, storedType } from "./tiff_layout.ts";
import type { Page, PageLayout } from "./tiff_page.ts";

/** What the pages of one stack have in common: strips and compression may differ. */
export function pageShape(layout: PageLayout): string {
  return `${layout.width} x ${layout.height} x ${layout.samples} ${storedType(layout)}`;
}

/** The pages by their shape, thumbnails aside (unless there is nothing else), the first first. */
export function groupPages(pages: readonly Page[]): readonly (readonly Page[])[] {
  const full = pages.filter((page) => !page.reduced);
  const groups = new Map<string, Page[]>();
  // Most pages share one layout object: its shape is put into words once.
  const known = new Map<PageLayout, Page[]>();
  for (const page of full.length > 0 ? full : pages) {
    const shape = pageShape(page.layout);
    const group = known.get(page.layout) ?? groups.get(shape) ?? [];
    group.push(page);
    known.set(page.layout, group);
    groups.set(shape, group);
  }
  return [...groups.values()];
}

/** How many pages are thumbnails or coarser copies of others. */
export function reducedCount(pages: readonly Page[]): number {
  return pages.reduce((sum, page) => sum + (page.reduced ? 1 : 0), 0);
}

/** One plane a page. */
export function pagedPlanes(file: TiffFile, pages: readonly Page[], count = pages.length): Planes {
  const held = new Set<number>();
  for (let i = 0; i < Math.min(count, pages.length); i++) if (!pages[i].empty) held.add(i);
  return {
    count,
    ...(held.size < count && { held }),
    locate: (plane) => [file, pages[plane]],
  };
}

/**
 * Planes that lie one after the other, the first where the page says. Throws a TiffError where the
 * file ends before, or compression or strips leave open where each begins.
 */
export function contiguousPlanes(
  file: TiffFile,
  page: Page,
  count: number,
  claimant: string,
): Planes {
  const { layout } = page;
  const { compression, bits, planarConfiguration, samples, tiled, blockHeight, height } = layout;
  const strip = !tiled && blockHeight >= height && (planarConfiguration === 1 || samples === 1);
  if (compression !== 1 || bits % 8 !== 0 || !strip) {
    const reason = `${claimant} ${count} planes in one IFD`;
    throw damaged(file.name, `${reason}, which its compression or strips do not allow`);
  }
  const bytes = planeBytes(layout);
  if (count * bytes > file.size) {
    const reason = `${claimant} ${count} planes of ${bytes} bytes`;
    throw damaged(file.name, `${reason}, and the file ends at byte ${file.size}: it was cut`);
  }
  return { count, locate: (plane) => [file, page, plane * bytes] };
}

/** Sizes of a series whose planes have this layout; a pixel's samples count as channels. */
export function sizesOf(layout: PageLayout, axes: readonly AxisSize[]): StackInfo["sizes"] {
  const size = (axis: AxisSize["axis"]) =>
    axes.reduce((product, each) => each.axis === axis ? product * each.size : product, 1);
  return {
    t: size("T"),
    c: size("C") * layout.samples,
    z: size("Z"),
    y: layout.height,
    x: layout.width,
  };
}

/** How many planes axes of these sizes have. */
export function planeCount(axes: readonly AxisSize[]): number {
  return axes.reduce((product, { size }) => product * size, 1);
}
