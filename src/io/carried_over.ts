import type { Kept, StackInfo } from "../stack/stack.ts";

/** Where a slice of the output comes from: the original's number from 0, or none (predicted). */
export type SliceSources = readonly (number | undefined)[];

/**
 * What a file says of its slices, for a stack of other slices: originals keep their labels, new ones
 * get their own, and selection and overlays go with their slice. `sources` has one for each z
 * of the output; channels and frames stay as they are.
 */
export function carriedOver(
  { sizes, kept }: Pick<StackInfo, "sizes" | "kept">,
  sources: SliceSources,
): Kept | undefined {
  if (kept === undefined) return undefined;
  const { labels, roi, overlays, ...others } = kept;
  const moved = new Map(sources.flatMap((z, to) => z === undefined ? [] : [[z, to] as const]));
  const move = (bytes: Uint8Array) => movedRoi(bytes, sizes, sources.length, moved);
  const selection = roi && move(roi);
  const laid = overlays?.map(move).filter((bytes) => bytes !== undefined);
  return {
    ...others,
    ...(labels && { labels: movedLabels(labels, sizes, sources) }),
    ...(selection && { roi: selection }),
    ...(laid && laid.length > 0 && { overlays: laid }),
  };
}

/** The predicted slices of an output, counted from 1: "2, 4-6"; "" where none is. */
export function predictedSlices(sources: SliceSources): string {
  const runs: [first: number, last: number][] = [];
  sources.forEach((source, z) => {
    if (source !== undefined) return;
    const run = runs.at(-1);
    if (run?.[1] === z) run[1] = z + 1;
    else runs.push([z + 1, z + 1]);
  });
  return runs.map(([first, last]) => first === last ? `${first}` : `${first}-${last}`).join(", ");
}

function movedLabels(
  labels: readonly string[],
  { t: frames, c: channels, z: depth }: StackInfo["sizes"],
  sources: SliceSources,
): string[] {
  const all: string[] = [];
  for (let t = 0; t < frames; t++) {
    sources.forEach((source, z) => {
      for (let c = 0; c < channels; c++) {
        const at = (t * depth + (source ?? 0)) * channels + c;
        all.push(
          source === undefined ? `predicted z:${z + 1}/${sources.length}` : labels[at] ?? "",
        );
      }
    });
  }
  return all;
}

/** Places in the bytes of ImageJ's .roi format, which are big-endian whatever the file is. */
const POSITION = 56;
const HEADER_2 = 60;
const CHANNEL = 4;
const SLICE = 8;

/**
 * A selection with its place among the slices of the output; 0 means all of them, and stays.
 * Undefined where its slice is none of them.
 */
function movedRoi(
  roi: Uint8Array,
  { c: channels, z: depth }: StackInfo["sizes"],
  slices: number,
  moved: ReadonlyMap<number, number>,
): Uint8Array | undefined {
  const bytes = roi.slice();
  const view = new DataView(bytes.buffer);
  if (bytes.length < HEADER_2 + 4) return bytes;
  const second = view.getUint32(HEADER_2);
  const placed = second > 0 && second + SLICE + 8 <= bytes.length;
  const slice = placed ? view.getInt32(second + SLICE) : 0;
  const to = moved.get(slice - 1);
  if (slice > 0 && to === undefined) return undefined;
  if (to !== undefined) view.setInt32(second + SLICE, to + 1);
  const position = view.getInt32(POSITION);
  if (position <= 0) return bytes;
  // A number in the whole stack where channel, slice and frame are not told apart, else often z.
  const stacked = !placed || view.getInt32(second + CHANNEL) === 0 && slice === 0;
  if (!stacked) return bytes;
  const c = (position - 1) % channels;
  const z = Math.floor((position - 1) / channels) % depth;
  const t = Math.floor((position - 1) / channels / depth);
  const target = moved.get(z);
  if (target === undefined) return undefined;
  view.setInt32(POSITION, (t * slices + target) * channels + c + 1);
  return bytes;
}
