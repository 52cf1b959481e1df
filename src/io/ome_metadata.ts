import type { ChannelDisplay, Kept, VoxelSize } from "../stack/stack.ts";
import { MOST_PLANES } from "./indexed_series.ts";
import { lutOf } from "./lut.ts";
import { keptOf } from "./ome_annotations.ts";
import type { OmeElement } from "./ome_xml.ts";
import { damaged } from "./tiff_error.ts";
import { type Distance, parseNumber, voxelSizeOf } from "./voxel_size.ts";

/** A run of planes: number `first` and on of the stack lie in directories `ifd` and on. */
export interface OmeRun {
  readonly first: number;
  /** Undefined: as many as the file has. */
  readonly count?: number;
  readonly ifd: number;
  /** The TiffData that tells it, for the file it names. */
  readonly data?: OmeElement;
}

/** Sizes along OME's five axes; C counts a pixel's samples too. */
export type OmeSizes = { readonly [axis in "X" | "Y" | "Z" | "C" | "T"]: number };

/** Axes of planes by OME's letters, fastest first. */
export type OmeOrder = readonly ("Z" | "C" | "T")[];

/** The sizes that an image states; throws a TiffError where one is not a count. */
export function omeSizes(file: string, pixels: OmeElement): OmeSizes {
  const size = (axis: string) =>
    whole(file, pixels, `Size${axis}`, 1) ??
      raise(damaged(file, `its OME-XML does not say Size${axis}`));
  return { X: size("X"), Y: size("Y"), Z: size("Z"), C: size("C"), T: size("T") };
}

/** Where an image's planes lie, of which each holds `samples` channels (three for RGB). */
export function omePlanes(file: string, pixels: OmeElement, sizes: OmeSizes, samples: number) {
  if (sizes.C % samples !== 0) {
    throw damaged(file, `its OME-XML says SizeC=${sizes.C} where a plane holds ${samples} samples`);
  }
  const counts = { Z: sizes.Z, C: sizes.C / samples, T: sizes.T };
  const planes = counts.Z * counts.C * counts.T;
  if (planes > MOST_PLANES) throw damaged(file, `its OME-XML claims ${planes} planes`);
  const order = dimensionOrder(file, pixels, planes);
  const runs = (pixels.TiffData ?? []).map((data) => run(file, data, order, counts, samples));
  return { counts, planes, order, runs };
}

/** What an image says beside its planes; adds to `notes` what it leaves aside. */
export function omeFacts(ome: OmeElement, pixels: OmeElement, notes: string[]): {
  readonly voxelSize: VoxelSize;
  readonly frameInterval?: Distance;
  readonly channelNames?: readonly string[];
  readonly extras?: Readonly<Record<string, string>>;
  readonly kept: Kept;
} {
  const channels = Number(pixels["@SizeC"]);
  const names = (pixels.Channel ?? []).map((channel) => channel["@Name"] ?? "");
  const increment = distance(pixels, "TimeIncrement", "s");
  const { extras, kept } = keptOf(ome, channels);
  const colours = displayOf(pixels);
  const display = Array.from(
    { length: Math.max(colours.length, kept.display?.length ?? 0) },
    (_, c): ChannelDisplay => ({ ...colours[c], ...kept.display?.[c] }),
  );
  return {
    voxelSize: voxelSizeOf({
      x: distance(pixels, "PhysicalSizeX", "µm"),
      y: distance(pixels, "PhysicalSizeY", "µm"),
      z: distance(pixels, "PhysicalSizeZ", "µm"),
    }, notes),
    ...(increment !== undefined && increment.value > 0 && { frameInterval: increment }),
    ...(names.length === channels && names.some((name) => name !== "") && { channelNames: names }),
    ...(extras && { extras }),
    kept: {
      ...kept,
      ...(display.length > 0 && display.length === channels && { display }),
    },
  };
}

/** Colours are 32 bits: red, green, blue and alpha, at times written as a negative number. */
function displayOf(pixels: OmeElement): ChannelDisplay[] {
  const colours = (pixels.Channel ?? []).map((channel) => channel["@Color"]);
  if (!colours.some((colour) => /^-?\d+$/.test(colour ?? ""))) return [];
  return colours.map((text) => {
    const bits = Number(text ?? -1) >>> 0;
    return { lut: lutOf([bits >>> 24, (bits >>> 16) & 255, (bits >>> 8) & 255]) };
  });
}

function whole(file: string, element: OmeElement, name: string, least: number) {
  const text = element[`@${name}`];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw damaged(file, `its OME-XML says ${name}="${text}", which is not a count`);
}

function raise(error: Error): never {
  throw error;
}

function dimensionOrder(file: string, pixels: OmeElement, planes: number): OmeOrder {
  const order = pixels["@DimensionOrder"];
  // The order of a single plane cannot be wrong.
  if (order === undefined && planes === 1) return ["Z", "C", "T"];
  if (order === undefined || !/^XY(ZCT|ZTC|CZT|CTZ|TZC|TCZ)$/.test(order)) {
    throw damaged(
      file,
      `its OME-XML says DimensionOrder="${order}", which is not an order of planes`,
    );
  }
  return order.slice(2).split("") as ("Z" | "C" | "T")[];
}

function distance(pixels: OmeElement, name: string, unit: string): Distance | undefined {
  const text = pixels[`@${name}`];
  if (text === undefined) return undefined;
  return { value: parseNumber(text), unit: pixels[`@${name}Unit`] ?? unit };
}

function run(
  file: string,
  data: OmeElement,
  order: OmeOrder,
  counts: Readonly<Record<"Z" | "C" | "T", number>>,
  samples: number,
): OmeRun {
  let first = 0;
  let stride = 1;
  for (const axis of order) {
    const given = whole(file, data, `First${axis}`, 0) ?? 0;
    const position = axis === "C" ? Math.floor(given / samples) : given;
    if (position >= counts[axis]) {
      throw damaged(file, `its OME-XML places a plane at ${axis}=${given} of ${counts[axis]}`);
    }
    first += position * stride;
    stride *= counts[axis];
  }
  const ifd = whole(file, data, "IFD", 0);
  const count = whole(file, data, "PlaneCount", 0) ?? (ifd === undefined ? undefined : 1);
  return { first, count, ifd: ifd ?? 0, data };
}
