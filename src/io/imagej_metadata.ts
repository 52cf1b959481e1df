import type { Distance } from "./voxel_size.ts";
import { micrometres } from "./length_units.ts";
import { voxelSizeOf } from "./voxel_size.ts";
import type { VoxelSize } from "../stack/stack.ts";
import { damaged } from "./tiff_error.ts";
import type { FileFields } from "./tiff_page.ts";

/** What ImageJ writes into the first page's description. */
export interface ImageJMetadata {
  readonly images: number;
  readonly channels: number;
  readonly slices: number;
  readonly frames: number;
  readonly voxelSize: VoxelSize;
  readonly frameInterval?: Distance;
  readonly extras?: Readonly<Record<string, string>>;
}

/** Whether a description is ImageJ's. */
export function isImageJ(description: string): boolean {
  return description.startsWith("ImageJ=");
}

/** Reads ImageJ's metadata; adds to `notes` what it leaves aside. */
export function readImageJ(file: string, fields: FileFields, notes: string[]): ImageJMetadata {
  const lines = properties(fields.description);
  const count = (key: string) => {
    const text = lines.get(key);
    const value = Number(text ?? 1);
    if (Number.isSafeInteger(value) && value > 0) return value;
    throw damaged(file, `ImageJ's metadata say ${key}=${text}, which is no count`);
  };
  const [channels, slices, frames] = [count("channels"), count("slices"), count("frames")];
  const images = lines.has("images") ? count("images") : channels * slices * frames;
  // Where only "images" is given, nobody ever said what the planes are: slices.
  const untold = channels * slices * frames === 1;
  const extras = [...lines].filter(([key]) => key.startsWith("zaugnet."));
  const { x, y, z = extras.length > 0 ? undefined : unstatedStep(lines, images, notes) } =
    distances(lines, fields);
  const interval = Number(lines.get("finterval") ?? 0);
  return {
    images,
    channels,
    slices: untold ? images : slices,
    frames,
    voxelSize: voxelSizeOf({ x, y, z }, notes),
    ...(interval > 0 && { frameInterval: { value: interval, unit: lines.get("tunit") ?? "s" } }),
    ...(extras.length > 0 && { extras: Object.fromEntries(extras) }),
  };
}

function distances(lines: ReadonlyMap<string, string>, fields: FileFields) {
  const unit = lines.get("unit") ?? resolutionUnit(fields.resolutionUnit);
  const { xResolution, yResolution } = fields;
  const spacing = lines.get("spacing");
  return {
    x: pixelSize(xResolution, unit),
    y: pixelSize(yResolution, lines.get("yunit") ?? unit),
    z: spacing === undefined
      ? undefined
      : { value: Number(spacing), unit: lines.get("zunit") ?? unit },
  };
}

/** How tifffile signs, which leaves out what it was not told. */
const TIFFFILE = "1.11a";

/** ImageJ leaves out a z step of 1, so that one that is missing means 1 in its own files. */
function unstatedStep(
  lines: ReadonlyMap<string, string>,
  images: number,
  notes: string[],
): Distance | undefined {
  const unit = lines.get("zunit") ?? lines.get("unit") ?? "";
  const untold = images === 1 || lines.has("spacing") || lines.get("ImageJ") === TIFFFILE;
  if (untold || micrometres(unit) === undefined) return undefined;
  notes.push(`no z step is stated, which means 1 ${unit} in ImageJ's files: check it`);
  return { value: 1, unit };
}

/** The size of a pixel from TIFF's pixels per unit. */
export function pixelSize(resolution: number | undefined, unit: string): Distance | undefined {
  return resolution === undefined ? undefined : { value: 1 / resolution, unit };
}

/** TIFF's unit of resolution; "" where it says none. */
export function resolutionUnit(code: number): string {
  return code === 2 ? "inch" : code === 3 ? "cm" : "";
}

/** The description is a Java properties text: one key=value a line, with Java's escapes. */
function properties(description: string): Map<string, string> {
  const lines = new Map<string, string>();
  for (const line of description.split(/\r\n|\r|\n/)) {
    const equals = line.indexOf("=");
    if (equals > 0) {
      lines.set(line.slice(0, equals).trim(), unescape(line.slice(equals + 1).trim()));
    }
  }
  return lines;
}

function unescape(text: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})|\\(.)/g, (_, code, character) => {
    if (code !== undefined) return String.fromCharCode(parseInt(code, 16));
    return character === "n" ? "\n" : character === "t" ? "\t" : character;
  });
}
