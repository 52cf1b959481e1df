import { CHANNEL_KEY } from "./imagej_metadata.ts";
import type { StackOutput } from "./stack_output.ts";

/** The version of ImageJ whose metadata these are. */
const VERSION = "1.53t";

/** The description that makes ImageJ open the pages as a hyperstack: lines of key=value. */
export function imageJDescription(output: StackOutput): string {
  const { sizes, voxelSize, frameInterval, extras = {}, channelNames = [], kept } = output;
  const { calibration, display } = kept ?? {};
  // Ranges of several channels stand with their colours, in separate fields.
  const range = sizes.c === 1 ? display?.[0] : undefined;
  const seconds = frameInterval === undefined || /^s(ec)?$/.test(frameInterval.unit);
  const lines: [key: string, value: string | number | undefined][] = [
    ["ImageJ", VERSION],
    ["images", sizes.c * sizes.z * sizes.t],
    ["channels", sizes.c],
    ["slices", sizes.z],
    ["frames", sizes.t],
    ["hyperstack", "true"],
    ["mode", sizes.c > 1 ? "composite" : "grayscale"],
    ["unit", voxelSize.unit || undefined],
    ["spacing", voxelSize.z],
    ["finterval", frameInterval?.value],
    ["tunit", seconds ? undefined : frameInterval.unit],
    ["loop", "false"],
    ["min", output.min ?? range?.min],
    ["max", output.max ?? range?.max],
    ["cf", calibration?.function],
    ...(calibration?.coefficients ?? []).map((value, i) => [`c${i}`, value] as [string, number]),
    ["vunit", calibration?.unit || undefined],
    ...channelNames.map((name, c) =>
      [`${CHANNEL_KEY}${c + 1}`, name || undefined] as [string, string | undefined]
    ),
    ...Object.entries(extras),
  ];
  return lines
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${escape(String(value))}\n`)
    .join("");
}

/** ImageJ reads the lines as Java properties: ASCII only, with Java's escapes. */
function escape(text: string): string {
  return text.replace(/\\/g, "\\\\").replace(/[^ -~]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  });
}
