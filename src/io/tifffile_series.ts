import type { AxisSize, Dialect, OpenTiff, SeriesEntry } from "./description.ts";
import { contiguousPlanes, groupPages, pagedPlanes, sizesOf } from "./page_planes.ts";
import { plainEntries } from "./plain_series.ts";
import { damaged } from "./tiff_error.ts";
import { storedType } from "./tiff_layout.ts";
import type { Page } from "./tiff_page.ts";
import { type Distance, pixelSize, voxelSizeOf } from "./voxel_size.ts";

/** tifffile's own text: {"shape": [2, 3, 32, 32], "axes": "TZYX"}, in the first page of each series. */
export const tifffile: Dialect = {
  claims: ({ fields }) => parse(fields.descriptions[0] ?? "") !== undefined,
  async series(tiff) {
    const entries: SeriesEntry[] = [];
    const { file, pages } = tiff;
    let next = 0;
    let bytes = 0;
    for (let text = tiff.fields.descriptions[0]; next < pages.length;) {
      const shaped = parse(text);
      if (shaped === undefined) break;
      const { entry, used } = shapedSeries(tiff, pages.slice(next), shaped);
      entries.push(entry);
      next += used;
      const description = pages[next]?.description;
      bytes += description?.count ?? 0;
      if (bytes > file.size) throw damaged(file.name, "the texts of its pages overlap");
      text = description === undefined ? "" : await file.text(description);
    }
    return [...entries, ...plainEntries(tiff, groupPages(pages.slice(next)))];
  },
};

interface Shaped {
  readonly shape: readonly number[];
  readonly axes?: string;
  readonly truncated: boolean;
  readonly unit?: string;
  /** Distances by the names that OME and ImageJ give them, which users put beside the axes. */
  readonly distance: (axis: "x" | "y" | "z") => Distance | undefined;
}

/** The shape that a description gives; undefined where it is none of tifffile's. */
function parse(description: string): Shaped | undefined {
  const old = /^shape=\(([\d, ]+)\)/.exec(description);
  if (old !== null) {
    const shape = old[1].split(",").filter((text) => text.trim() !== "").map(Number);
    return { shape, truncated: false, distance: () => undefined };
  }
  if (!/^\{[^]*"shape":/.test(description)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(description);
  } catch {
    return undefined;
  }
  const facts = value as Record<string, unknown>;
  const { shape, axes, truncated } = facts;
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size > 0)) {
    return undefined;
  }
  return {
    shape,
    ...(typeof axes === "string" && axes.length === shape.length && { axes: axes.toUpperCase() }),
    truncated: truncated === true,
    ...(typeof facts.unit === "string" && { unit: facts.unit }),
    distance(axis) {
      const name = `PhysicalSize${axis.toUpperCase()}`;
      if (typeof facts[name] === "number") {
        return { value: facts[name], unit: String(facts[`${name}Unit`] ?? "µm") };
      }
      if (axis !== "z" || typeof facts.spacing !== "number") return undefined;
      return { value: facts.spacing, unit: String(facts.unit ?? "") };
    },
  };
}

/** One series, from the first of `pages` on, and how many of them it takes. */
function shapedSeries(tiff: OpenTiff, pages: readonly Page[], shaped: Shaped) {
  const { file, fields } = tiff;
  const { layout } = pages[0];
  const axes = planeAxes(file.name, pages[0], shaped);
  const count = axes.reduce((product, { size }) => product * size, 1);
  const one = shaped.truncated || pages.length === 1;
  if (!one && count > pages.length) {
    const reason = `tifffile's text gives the shape [${shaped.shape}], ${count} planes`;
    throw damaged(file.name, `${reason}, and the file has ${pages.length}`);
  }
  const understood = asStackAxes(axes);
  const entry: SeriesEntry = {
    name: `tifffile's [${shaped.shape}]`,
    sizes: sizesOf(
      layout,
      Array.isArray(understood.axes) ? understood.axes : [{ axis: "Z", size: count }],
    ),
    storedType: storedType(layout),
    describe(notes) {
      notes.push(...understood.notes);
      // Without a stated unit, tifffile's pixels an inch or centimetre are mostly unset.
      const unit = (fields.resolutionUnit ?? 1) > 1 ? shaped.unit : undefined;
      const first = pages[0];
      const planes = one && count > 1
        ? contiguousPlanes(file, first, count, "tifffile's text claims")
        : pagedPlanes(file, pages.slice(0, count));
      return {
        format: "TIFF of tifffile",
        layout,
        planes,
        axes: understood.axes,
        voxelSize: voxelSizeOf({
          x: shaped.distance("x") ?? pixelSize(fields, "x", unit),
          y: shaped.distance("y") ?? pixelSize(fields, "y", unit),
          z: shaped.distance("z"),
        }, notes),
      };
    },
  };
  return { entry, used: one ? 1 : count };
}

interface NamedSize {
  /** "" where tifffile doesn't name it. */
  readonly axis: string;
  readonly size: number;
}

/** The axes before a page's own; throws where the shape is none of such pages. */
function planeAxes(file: string, { layout }: Page, { shape, axes }: Shaped): NamedSize[] {
  const { samples, planarConfiguration, height, width } = layout;
  const own = samples === 1
    ? [[height, width], [height, width, 1]]
    : planarConfiguration === 2
    ? [[samples, height, width]]
    : [[height, width, samples]];
  const page = own.find((sizes) => shape.slice(-sizes.length).join() === sizes.join());
  if (page === undefined) {
    const stored = `${height} x ${width} x ${samples}`;
    throw damaged(file, `tifffile's text gives the shape [${shape}], and its pages are ${stored}`);
  }
  return shape.slice(0, -page.length).map((size, i) => ({ axis: axes?.[i] ?? "", size }));
}

/** T, C and Z as they are; one axis of another name may be slices, where nothing else is. */
function asStackAxes(named: readonly NamedSize[]) {
  const long = named.filter(({ size }) => size > 1);
  const strange = long.filter(({ axis }) => !/^[TCZ]$/.test(axis));
  const twice = new Set(long.map(({ axis }) => axis)).size < long.length;
  if (strange.length === 0 && !twice) return { axes: long as AxisSize[], notes: [] };
  // A sequence of images (I), or what was never named (Q): as with pages of no program.
  if (long.length === 1 && /^[IQ]?$/.test(strange[0].axis)) {
    const { axis, size } = strange[0];
    const what = axis === ""
      ? "an axis that tifffile was not told the name of"
      : `the axis ${axis}`;
    return { axes: [{ axis: "Z", size }] as AxisSize[], notes: [`${what} was read as slices`] };
  }
  const given = long.map(({ axis, size }) => `${axis || "?"} ${size}`).join(", ");
  return { axes: { unknown: `what its axes are (${given}) is not known here` }, notes: [] };
}
