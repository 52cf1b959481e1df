import type { Neighbours } from "../calibration/features.ts";
import type { Plane } from "../calibration/grams.ts";
import { crop } from "../stack/resizer.ts";
import { NO_PLANE, type Row } from "./refine.ts";

/** A slice to be made, with all that is known around it; planes are [height][width]. */
export interface OpenSlice {
  readonly channel: number;
  /** The originals below and above its gap. */
  readonly neighbours: Neighbours;
  /** Its relative distance within the gap, 0..1. */
  readonly distance: number;
  /** The network's answer, where there is a network. */
  readonly answer?: Plane;
}

/** Makes a slice: from the network's answer and the originals around, or from these alone. */
export type Completion = (slice: OpenSlice) => Plane | Promise<Plane>;

/** What {@link completeRows} takes besides a stream of rows. */
export interface Completing {
  /** Of the slices, which rows may hold padded. */
  readonly height: number;
  readonly width: number;
  /** Where the rows between a frame's originals gap and gap + 1 lie. */
  readonly distances: (gap: number) => readonly number[];
  readonly completion: Completion;
}

/** A frame's rows so far. */
interface Frame {
  readonly t: number;
  /** The latest originals, no more than four. */
  readonly originals: { readonly row: Row; readonly planes: readonly Plane[] }[];
  /** How many originals there were. */
  count: number;
  /** Rows after each of the latest two originals. */
  readonly between: Row[][];
}

/**
 * Passes a stream of rows on, each predicted one completed from two originals on either side of its
 * gap; at a stack's ends the last one is repeated. It waits for one original more than {@link refine}
 * does, so memory does not grow with the stream.
 */
export async function* completeRows(
  rows: AsyncIterable<Row>,
  options: Completing,
): AsyncGenerator<Row> {
  let frame: Frame | undefined;
  for await (const row of rows) {
    if (frame?.t !== row.t) {
      if (frame) yield* lastGap(frame, options);
      frame = { t: row.t, originals: [], count: 0, between: [] };
    }
    if (!row.original) {
      frame.between.at(-1)!.push(row);
      continue;
    }
    frame.originals.push({ row, planes: croppedPlanes(row, options) });
    frame.between.push([]);
    frame.count++;
    if (frame.count === 1) yield row;
    else if (frame.count > 2) yield* gapBefore(frame, frame.originals.length - 2, options);
    if (frame.originals.length > 3) frame.originals.shift();
  }
  if (frame) yield* lastGap(frame, options);
}

/** The last gap of a frame has only one original above it. */
async function* lastGap(frame: Frame, options: Completing): AsyncGenerator<Row> {
  if (frame.count > 1) yield* gapBefore(frame, frame.originals.length - 1, options);
}

/** Completes the oldest gap, which ends at one of the latest originals, and passes that on, too. */
async function* gapBefore(
  frame: Frame,
  end: number,
  { height, width, distances, completion }: Completing,
): AsyncGenerator<Row> {
  const { originals, between } = frame;
  const at = (index: number) =>
    originals[Math.min(Math.max(index, 0), originals.length - 1)].planes;
  const [a, b, c, d] = [at(end - 2), at(end - 1), at(end), at(end + 1)];
  const gap = frame.count - 1 - (originals.length - end);
  const wanted = distances(gap);
  for (const [i, row] of between.shift()!.entries()) {
    const planes: Plane[] = [];
    for (let channel = 0; channel < at(end).length; channel++) {
      if (at(end)[channel] === NO_PLANE) {
        planes.push(NO_PLANE);
        continue;
      }
      planes.push(
        await completion({
          channel,
          neighbours: [a[channel], b[channel], c[channel], d[channel]],
          distance: wanted[i],
          answer: row.planes.length > 0 ? crop(row.planes[channel], height, width) : undefined,
        }),
      );
    }
    yield { ...row, planes };
  }
  yield originals[end].row;
}

function croppedPlanes(row: Row, { height, width }: Completing): Plane[] {
  return row.planes.map((plane) => plane === NO_PLANE ? NO_PLANE : crop(plane, height, width));
}

/** Passes originals on and puts rows without planes between them, for a completion to fill. */
export async function* openRows(
  rows: AsyncIterable<Row>,
  distances: (gap: number) => readonly number[],
): AsyncGenerator<Row> {
  let previous: Row | undefined;
  let gap = 0;
  for await (const row of rows) {
    if (previous?.t === row.t) {
      for (const _ of distances(gap++)) yield { t: row.t, planes: [], wanted: true };
    } else gap = 0;
    yield row;
    previous = row;
  }
}
