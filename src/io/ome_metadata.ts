import type { VoxelSize } from "../stack/stack.ts";
import { type OmeElement, parseOme } from "./ome_xml.ts";
import { damaged, unsupported } from "./tiff_error.ts";
import { type Distance, voxelSizeOf } from "./voxel_size.ts";

/** A run of planes: number `first` and on of the stack lie in directories `ifd` and on. */
export interface OmeRun {
  readonly first: number;
  /** Undefined: as many as the file has. */
  readonly count?: number;
  readonly ifd: number;
  /** The file beside this one that holds them; undefined for this file. */
  readonly file?: string;
}

/** The first image that OME-XML describes. */
export interface OmeMetadata {
  readonly sizes: { readonly [axis in "X" | "Y" | "Z" | "C" | "T"]: number };
  /** The axes of a plane's number, fastest first: a permutation of Z, C and T. */
  readonly order: readonly ("Z" | "C" | "T")[];
  readonly runs: readonly OmeRun[];
  readonly voxelSize: VoxelSize;
  readonly frameInterval?: Distance;
  readonly channelNames?: readonly string[];
  readonly extras?: Readonly<Record<string, string>>;
}

/**
 * Reads OME-XML. `samples` is how many channels one plane holds (three for RGB): planes count the
 * rest of SizeC. Adds to `notes` what it leaves aside; throws a TiffError where it contradicts
 * itself.
 */
export function readOme(
  file: string,
  description: string,
  samples: number,
  notes: string[],
): OmeMetadata {
  const ome = parseOme(file, description);
  const elsewhere = ome.BinaryOnly?.[0]["@MetadataFile"];
  if (elsewhere !== undefined) {
    throw unsupported(file, `its OME-XML stands in another file: open ${elsewhere} instead`);
  }
  const images = ome.Image ?? [];
  const pixels = images[0]?.Pixels?.[0];
  if (pixels === undefined) throw damaged(file, "its OME-XML describes no image");
  if (images.length > 1) {
    notes.push(`the OME-XML describes ${images.length} images: the first was read`);
  }
  const sizes = {
    X: size(file, pixels, "X"),
    Y: size(file, pixels, "Y"),
    Z: size(file, pixels, "Z"),
    C: size(file, pixels, "C"),
    T: size(file, pixels, "T"),
  };
  if (sizes.C % samples !== 0) {
    throw damaged(file, `its OME-XML says SizeC=${sizes.C} where a plane holds ${samples} samples`);
  }
  const order = dimensionOrder(file, pixels, sizes.Z * sizes.C * sizes.T / samples);
  const counts = { Z: sizes.Z, C: sizes.C / samples, T: sizes.T };
  const other = otherFiles(file, ome, pixels);
  const names = (pixels.Channel ?? []).map((channel) => channel["@Name"] ?? "");
  const increment = distance(pixels, "TimeIncrement", "s");
  const extras = ownAnnotation(ome);
  return {
    sizes,
    order,
    runs: (pixels.TiffData ?? []).map((data) => run(file, data, order, counts, samples, other)),
    voxelSize: voxelSizeOf({
      x: distance(pixels, "PhysicalSizeX", "µm"),
      y: distance(pixels, "PhysicalSizeY", "µm"),
      z: distance(pixels, "PhysicalSizeZ", "µm"),
    }, notes),
    ...(increment !== undefined && increment.value > 0 && { frameInterval: increment }),
    ...(names.length === sizes.C && names.some((name) => name !== "") && { channelNames: names }),
    ...(extras && { extras }),
  };
}

/** What this project annotated when it wrote the file. */
function ownAnnotation(ome: OmeElement): Record<string, string> | undefined {
  const own = ome.StructuredAnnotations?.[0].MapAnnotation
    ?.find((annotation) => annotation["@Namespace"] === "zaugnet");
  const pairs = own?.Value?.[0].M ?? [];
  if (pairs.length === 0) return undefined;
  return Object.fromEntries(pairs.map((pair) => [pair["@K"] ?? "", pair["#text"] ?? ""]));
}

function size(file: string, pixels: OmeElement, axis: string): number {
  return whole(file, pixels, `Size${axis}`, 1) ??
    raise(damaged(file, `its OME-XML does not say Size${axis}`));
}

function whole(file: string, element: OmeElement, name: string, least: number) {
  const text = element[`@${name}`];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw damaged(file, `its OME-XML says ${name}="${text}", which is no count`);
}

function raise(error: Error): never {
  throw error;
}

function dimensionOrder(file: string, pixels: OmeElement, planes: number) {
  const order = pixels["@DimensionOrder"];
  // The order of a single plane cannot be wrong.
  if (order === undefined && planes === 1) return ["Z", "C", "T"] as const;
  if (order === undefined || !/^XY(ZCT|ZTC|CZT|CTZ|TZC|TCZ)$/.test(order)) {
    throw damaged(file, `its OME-XML says DimensionOrder="${order}", which is no order of planes`);
  }
  return order.slice(2).split("") as ("Z" | "C" | "T")[];
}

function distance(pixels: OmeElement, name: string, unit: string): Distance | undefined {
  const text = pixels[`@${name}`];
  if (text === undefined) return undefined;
  return { value: Number(text), unit: pixels[`@${name}Unit`] ?? unit };
}

function run(
  file: string,
  data: OmeElement,
  order: readonly ("Z" | "C" | "T")[],
  counts: Readonly<Record<"Z" | "C" | "T", number>>,
  samples: number,
  other: (data: OmeElement) => string | undefined,
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
  return { first, count, ifd: ifd ?? 0, file: other(data) };
}

/**
 * Tells the files that hold planes from this one: answers undefined for this file. Names decide;
 * where none is this file's, it was renamed, and the unique identifiers (UUID) decide.
 */
function otherFiles(file: string, ome: OmeElement, pixels: OmeElement) {
  const own = file.split(/[/\\]/).at(-1);
  const nameOf = (data: OmeElement) => data.UUID?.[0]["@FileName"];
  const named = (pixels.TiffData ?? []).some((data) => nameOf(data) === own);
  return (data: OmeElement): string | undefined => {
    const name = nameOf(data);
    if (name === undefined || name === own) return undefined;
    if (!named && data.UUID?.[0]["#text"] === ome["@UUID"]) return undefined;
    if (!/[/\\]|^\.\.?$/.test(name)) return name;
    throw unsupported(file, `its OME-XML points out of the folder, to ${name}`);
  };
}
