import type { AxisSize, Description, Dialect, OpenTiff, Planes } from "./description.ts";
import { readUic, type Uic } from "./metamorph_uic.ts";
import { groupPages, pagedPlanes, sizesOf } from "./page_planes.ts";
import { plainEntries } from "./plain_series.ts";
import type { TiffFile } from "./tiff_directory.ts";
import { damaged } from "./tiff_error.ts";
import { planeBytes, storedType } from "./tiff_layout.ts";
import type { Page } from "./tiff_page.ts";
import { pixelSize, voxelSizeOf } from "./voxel_size.ts";

/** MetaMorph STK: one directory, the planes one after the other, told by tags 33628 to 33631. */
export const metaMorph: Dialect = {
  claims: ({ fields }) => fields.entries.has(33628) || fields.entries.has(33629),
  async series(tiff) {
    const uic = await readUic(tiff.file, tiff.fields.entries);
    const [pages] = groupPages(tiff.pages);
    if (uic.planes === 1 && pages.length === 1) return plainEntries(tiff, [pages]);
    // Other programs copy the tags to files of one page a plane.
    const fits = pages.length === 1 || pages.length === uic.planes;
    const axes = fits ? axesOf(uic) : { unknown: "its tags are not those of its pages" };
    const [{ layout }] = pages;
    return [{
      name: "MetaMorph STK",
      sizes: sizesOf(layout, Array.isArray(axes) ? axes : [{ axis: "Z", size: pages.length }]),
      storedType: storedType(layout),
      describe: (notes) => describe(tiff, pages, uic, axes, notes),
    }];
  },
};

/**
 * What the planes are: wavelengths that repeat are channels, steps in z slices, and what is left
 * points in time. Anything else is not guessed.
 */
function axesOf(uic: Uic): readonly AxisSize[] | { readonly unknown: string } {
  const { planes } = uic;
  const channels = period(uic.wavelengths);
  if (channels === undefined) return { unknown: "its wavelengths follow no order" };
  const { count, fastest } = channels;
  const rest = planes / count;
  // One value for each position: of the channels together, where they are fastest or slowest.
  const each = (values: readonly number[]) =>
    Array.from({ length: rest }, (_, i) => values[fastest ? i * count : i]);
  const depths = uic.absoluteZ.length === planes ? period(each(uic.absoluteZ)) : undefined;
  const inner = ((): readonly AxisSize[] | undefined => {
    if (rest === 1) return [];
    if (depths !== undefined && depths.count > 1 && depths.count < rest && depths.fastest) {
      return [{ axis: "T", size: rest / depths.count }, { axis: "Z", size: depths.count }];
    }
    const moved = depths !== undefined && depths.count === rest;
    if (moved || uic.zDistances.length > 0 && each(uic.zDistances).some((step) => step !== 0)) {
      return [{ axis: "Z", size: rest }];
    }
    const times = new Set(each(uic.times));
    return times.size === rest ? [{ axis: "T", size: rest }] : undefined;
  })();
  if (inner === undefined) {
    return { unknown: "it does not say whether its planes differ in z or t" };
  }
  if (count === 1) return inner;
  const c = { axis: "C", size: count } as const;
  return fastest ? [...inner, c] : [c, ...inner];
}

/**
 * How many different values there are, where each comes equally often: one after the other again
 * and again (fastest), or each several times in a row. Undefined where neither holds.
 */
function period(values: readonly number[]): { count: number; fastest: boolean } | undefined {
  const count = new Set(values).size;
  if (count <= 1) return { count: 1, fastest: true };
  if (values.length % count !== 0) return undefined;
  const run = values.length / count;
  if (values.every((value, i) => value === values[i % count])) return { count, fastest: true };
  const inRows = values.every((value, i) => value === values[Math.floor(i / run) * run]);
  return inRows ? { count, fastest: false } : undefined;
}

function describe(
  { file, fields }: OpenTiff,
  pages: readonly Page[],
  uic: Uic,
  axes: readonly AxisSize[] | { readonly unknown: string },
  notes: string[],
): Description {
  const calibrated = uic.xCalibration !== undefined;
  const unit = uic.unit ?? "um";
  const x = calibrated ? { value: uic.xCalibration!, unit } : pixelSize(fields, "x");
  const y = calibrated
    ? { value: uic.yCalibration ?? uic.xCalibration!, unit }
    : pixelSize(fields, "y");
  const step = stepOf(uic);
  const channels = "unknown" in axes ? 1 : axes.find(({ axis }) => axis === "C")?.size ?? 1;
  return {
    format: "MetaMorph STK",
    layout: pages[0].layout,
    planes: pages.length > 1
      ? pagedPlanes(file, pages)
      : followingPlanes(file, pages[0], uic.planes),
    axes,
    voxelSize: voxelSizeOf({
      x,
      y,
      ...(step !== undefined && { z: { value: step, unit: calibrated ? unit : "um" } }),
    }, notes),
    ...(channels > 1 && {
      channelNames: [...new Set(uic.wavelengths)].map((length) => `${length} nm`),
    }),
  };
}

/** MetaMorph writes the strips of each plane after those of the one before. */
function followingPlanes(file: TiffFile, page: Page, count: number): Planes {
  const bytes = planeBytes(page.layout);
  if (page.layout.compression !== 1 || page.layout.bits % 8 !== 0) {
    const reason = `MetaMorph's tags claim ${count} planes in one IFD`;
    throw damaged(file.name, `${reason}, which its compression does not allow`);
  }
  if (count * bytes > file.size) {
    const reason = `MetaMorph's tags claim ${count} planes of ${bytes} bytes`;
    throw damaged(file.name, `${reason}, and the file ends at byte ${file.size}: it was cut`);
  }
  return { count, locate: (plane) => [file, page, plane * bytes] };
}

/** Micrometres, or the calibration's unit, between slices. */
function stepOf({ zDistances, absoluteZ }: Uic): number | undefined {
  const distance = zDistances.find((value) => value > 0);
  if (distance !== undefined) return distance;
  const depths = [...new Set(absoluteZ)];
  const step = Math.abs((depths[1] ?? NaN) - depths[0]);
  return step > 0 ? step : undefined;
}
