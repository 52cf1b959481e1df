import type { Axis, AxisSize, Description, Dialect, OpenTiff } from "./description.ts";
import { properties } from "./imagej_metadata.ts";
import { contiguousPlanes, groupPages, pagedPlanes, planeCount, sizesOf } from "./page_planes.ts";
import { plainEntries } from "./plain_series.ts";
import { damaged } from "./tiff_error.ts";
import { storedType } from "./tiff_layout.ts";
import type { Page } from "./tiff_page.ts";
import { type Distance, parseNumber, voxelSizeOf } from "./voxel_size.ts";

const isScifio = (description: string) => description.startsWith("SCIFIO=");

/** SCIFIO (ImageJ2): lines that name axes, lengths, scales and units, the fastest axis first. */
export const scifio: Dialect = {
  claims: ({ fields }) => fields.descriptions.some(isScifio),
  series(tiff) {
    const [pages, ...others] = groupPages(tiff.pages);
    const lines = properties(tiff.fields.descriptions.find(isScifio)!);
    const axes = axesOf(tiff, pages, lines);
    const { layout } = pages[0];
    return [
      {
        name: "SCIFIO image",
        sizes: sizesOf(
          layout,
          Array.isArray(axes) ? axes : [{ axis: "Z", size: pages.length }],
        ),
        storedType: storedType(layout),
        describe: (notes) => describe(tiff, pages, lines, axes, notes),
      },
      ...plainEntries(tiff, others),
    ];
  },
};

/** SCIFIO's names for the axes of planes. */
const NAMES: Readonly<Record<string, Axis>> = {
  Z: "Z",
  Channel: "C",
  Time: "T",
  Spectra: "C",
};

function list(lines: ReadonlyMap<string, string>, key: string): string[] {
  return (lines.get(key) ?? "").split(",").map((part) => part.trim());
}

function axesOf(
  { file }: OpenTiff,
  [{ layout }]: readonly Page[],
  lines: ReadonlyMap<string, string>,
): readonly AxisSize[] | { readonly unknown: string } {
  const names = list(lines, "axes");
  const lengths = list(lines, "lengths").map(Number);
  if (!lines.has("axes") || names.length !== lengths.length) {
    return { unknown: "its text does not say what the planes are" };
  }
  const named = names.map((name, i) => ({ name, size: lengths[i] }));
  for (const { name, size } of named) {
    const stored = name === "X" ? layout.width : name === "Y" ? layout.height : size;
    if (size === stored && Number.isSafeInteger(size) && size > 0) continue;
    throw damaged(file.name, `SCIFIO's text says ${size} along ${name}, and it has ${stored}`);
  }
  // Samples that a pixel holds are channels too, and then no axis of planes.
  const planes = named.filter(({ name, size }) =>
    size > 1 && name !== "X" && name !== "Y" &&
    !(layout.samples > 1 && name === "Channel" && size === layout.samples)
  );
  const strange = planes.find(({ name }) => NAMES[name] === undefined);
  if (strange !== undefined) return { unknown: `the axis ${strange.name} is not known here` };
  const axes = planes.map(({ name, size }) => ({ axis: NAMES[name], size })).reverse();
  const twice = new Set(axes.map(({ axis }) => axis)).size < axes.length;
  return twice ? { unknown: `its axes (${names.join(", ")}) are not known here` } : axes;
}

function describe(
  { file }: OpenTiff,
  pages: readonly Page[],
  lines: ReadonlyMap<string, string>,
  axes: readonly AxisSize[] | { readonly unknown: string },
  notes: string[],
): Description {
  const count = "unknown" in axes ? pages.length : planeCount(axes);
  const one = pages.length === 1 && count > 1;
  if (!one && count > pages.length) {
    const reason = `SCIFIO's text claims ${count} planes, and the file has ${pages.length}`;
    throw damaged(file.name, reason);
  }
  if (count < pages.length) {
    notes.push(`${pages.length - count} planes beyond SCIFIO's ${count} were ignored`);
  }
  const names = list(lines, "axes");
  const [scales, units] = [list(lines, "scales"), list(lines, "units")];
  const distance = (axis: string): Distance | undefined => {
    const at = names.indexOf(axis);
    const value = parseNumber(scales[at] ?? "");
    const unit = units[at] ?? "null";
    // Without a unit, a scale of 1 is what SCIFIO writes where it knows nothing.
    return at < 0 || Number.isNaN(value) || unit === "null" ? undefined : { value, unit };
  };
  const time = distance("Time");
  return {
    format: "SCIFIO TIFF",
    layout: pages[0].layout,
    planes: one
      ? contiguousPlanes(file, pages[0], count, "SCIFIO's text claims")
      : pagedPlanes(file, pages.slice(0, count)),
    axes,
    voxelSize: voxelSizeOf({ x: distance("X"), y: distance("Y"), z: distance("Z") }, notes),
    ...(time && time.value > 0 && { frameInterval: time }),
  };
}
