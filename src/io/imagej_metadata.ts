import type { ValueCalibration, VoxelSize } from "../stack/stack.ts";
import type { Axis } from "./description.ts";
import { micrometres } from "./length_units.ts";
import { damaged } from "./tiff_error.ts";
import type { FileFields } from "./tiff_page.ts";
import { type Distance, parseNumber, pixelSize, voxelSizeOf } from "./voxel_size.ts";

/** What ImageJ writes into the first page's description. */
export interface ImageJMetadata {
  readonly images: number;
  readonly channels: number;
  readonly slices: number;
  readonly frames: number;
  /** The axes of a plane's number, slowest first. */
  readonly order: readonly Axis[];
  readonly voxelSize: VoxelSize;
  readonly frameInterval?: Distance;
  readonly channelNames?: readonly string[];
  readonly extras?: Readonly<Record<string, string>>;
  readonly calibration?: ValueCalibration;
  /** What all channels are shown between, where the channels have no ranges. */
  readonly range?: { readonly min: number; readonly max: number };
}

/** How this project names a channel in ImageJ's text, which has no word for it. */
export const CHANNEL_KEY = "zaugnet.channel.";

/** Whether a description is ImageJ's. */
export function isImageJ(description: string): boolean {
  return description.startsWith("ImageJ=");
}

/** Reads ImageJ's text; adds to `notes` what it leaves aside. */
export function readImageJ(
  file: string,
  description: string,
  fields: FileFields,
  notes: string[],
): ImageJMetadata {
  const lines = properties(description);
  const count = (key: string) => {
    const text = lines.get(key);
    const value = Number(text ?? 1);
    if (Number.isSafeInteger(value) && value > 0) return value;
    throw damaged(file, `ImageJ's metadata say ${key}=${text}, which is not a count`);
  };
  const [channels, slices, frames] = [count("channels"), count("slices"), count("frames")];
  const images = lines.has("images") ? count("images") : channels * slices * frames;
  // Where only "images" is given, nobody ever said what the planes are: slices.
  const untold = channels * slices * frames === 1;
  const own = [...lines].filter(([key]) => key.startsWith("zaugnet."));
  const extras = own.filter(([key]) => !key.startsWith(CHANNEL_KEY));
  const { x, y, z = own.length > 0 ? undefined : unstatedStep(lines, images, notes) } = distances(
    lines,
    fields,
    notes,
  );
  const interval = parseNumber(lines.get("finterval") ?? "");
  const names = Array.from({ length: channels }, (_, c) => lines.get(`${CHANNEL_KEY}${c + 1}`));
  const calibration = calibrationOf(lines, notes);
  const [min, max] = [lines.get("min"), lines.get("max")].map((text) => parseNumber(text ?? ""));
  return {
    images,
    channels,
    slices: untold ? images : slices,
    frames,
    order: orderOf(file, lines.get("order")),
    voxelSize: voxelSizeOf({ x, y, z }, notes),
    ...(interval > 0 && { frameInterval: { value: interval, unit: lines.get("tunit") ?? "s" } }),
    ...(names.some((name) => name) && { channelNames: names.map((name) => name ?? "") }),
    ...(extras.length > 0 && { extras: Object.fromEntries(extras) }),
    ...(calibration && { calibration }),
    ...(min < max && { range: { min, max } }),
  };
}

/** "zct" names the fastest axis first; ImageJ's own order is czt. */
function orderOf(file: string, order = "default"): readonly Axis[] {
  const axes = order.trim().toUpperCase().replace("DEFAULT", "CZT").replace(/^XY/, "");
  if (axes.length === 3 && [..."CZT"].every((axis) => axes.includes(axis))) {
    return [...axes].reverse() as Axis[];
  }
  throw damaged(file, `ImageJ's metadata say order=${order}, which is not an order of its planes`);
}

function distances(lines: ReadonlyMap<string, string>, fields: FileFields, notes: string[]) {
  // Lengths without a unit still tell how long a voxel is for its width.
  const unit = lines.get("unit") ?? (fields.resolutionUnit === 1 ? "" : undefined);
  const x = pixelSize(fields, "x", unit);
  const y = pixelSize(fields, "y", lines.get("yunit") ?? unit);
  const spacing = parseNumber(lines.get("spacing") ?? "");
  if (spacing < 0) {
    notes.push(`the z step is given as ${spacing}: its slices lie from the top down, or up`);
  }
  return {
    x,
    y,
    z: lines.has("spacing")
      ? { value: Math.abs(spacing), unit: lines.get("zunit") ?? unit ?? x?.unit ?? "" }
      : undefined,
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

/** ImageJ stores signed 16-bit samples plus 32768, and this calibration gives the sign back. */
function calibrationOf(
  lines: ReadonlyMap<string, string>,
  notes: string[],
): ValueCalibration | undefined {
  const code = parseNumber(lines.get("cf") ?? "");
  if (!Number.isInteger(code)) return undefined;
  const coefficients: number[] = [];
  for (let i = 0; lines.has(`c${i}`) && i < 10; i++) {
    coefficients.push(parseNumber(lines.get(`c${i}`)!));
  }
  const unit = lines.get("vunit") ?? "";
  const [offset, scale] = coefficients;
  if (code === 0 && coefficients.length >= 2 && (offset !== 0 || scale !== 1)) {
    const what = offset === -32768 && scale === 1
      ? "signed 16-bit samples are stored with 32768 added"
      : `a sample v means ${offset} + ${scale} v${unit === "" ? "" : ` (${unit})`}`;
    notes.push(`${what}: the values were read as stored`);
  }
  return { function: code, coefficients, unit };
}

/** The description is a Java properties text: one key=value a line, with Java's escapes. */
export function properties(description: string): Map<string, string> {
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
