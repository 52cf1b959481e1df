import { InputError, pictureChannels, type PredictionPlan, type StackReader } from "../core.ts";

/** One of `of` equal parts of the work; the index counts from 0. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** A run of gaps within one frame: what a shard predicts at once. */
export interface Segment {
  readonly t: number;
  readonly firstGap: number;
  readonly endGap: number;
}

/** The items of a list that are a shard's: every n-th, so that long and short ones mix. */
export function itemsOf<T>(items: readonly T[], { index, of }: Shard): T[] {
  return items.filter((_, i) => i % of === index);
}

/**
 * A shard's share of a stack's gaps, frame after frame. Throws an InputError where there are fewer
 * gaps than shards.
 */
export function segmentsOf({ info }: StackReader, { index, of }: Shard): Segment[] {
  const gaps = info.sizes.z - 1;
  const units = gaps * info.sizes.t;
  if (of > units) {
    throw new InputError(`A stack of ${units} gaps can't be cut into ${of} shards; take fewer.`);
  }
  return cut({ first: Math.floor(index * units / of), end: Math.floor((index + 1) * units / of) });

  function cut({ first, end }: { first: number; end: number }): Segment[] {
    if (first >= end) return [];
    const t = Math.floor(first / gaps);
    const stop = Math.min(end, (t + 1) * gaps);
    const segment = { t, firstGap: first - t * gaps, endGap: stop - t * gaps };
    return [segment, ...cut({ first: stop, end })];
  }
}

/** What is left of segments after this many of their output rows (a z of one frame) are done. */
export function remaining(
  segments: readonly Segment[],
  rowsPerGap: readonly number[],
  rowsDone: number,
): { readonly rows: number; readonly segments: readonly Segment[] } {
  let rows = 0;
  for (const [i, segment] of segments.entries()) {
    for (let gap = segment.firstGap; gap < segment.endGap; gap++) {
      if (rows + rowsPerGap[gap] > rowsDone) {
        return { rows, segments: [{ ...segment, firstGap: gap }, ...segments.slice(i + 1)] };
      }
      rows += rowsPerGap[gap];
    }
  }
  return { rows, segments: [] };
}

/** How many rows of the output lie in each of this many gaps of a frame. */
export function rowsPerGap({ slices }: PredictionPlan, gaps: number): number[] {
  const counts = new Array<number>(gaps).fill(0);
  for (const slice of slices) counts[gapOf(slice, gaps)]++;
  return counts;
}

/** How many rows of the output lie in segments. */
export function rowsIn(segments: readonly Segment[], rowsPerGap: readonly number[]): number {
  return segments
    .flatMap(({ firstGap, endGap }) => rowsPerGap.slice(firstGap, endGap))
    .reduce((a, b) => a + b, 0);
}

/** The gap that a slice of the output belongs to: an original to that after it. */
function gapOf(slice: PredictionPlan["slices"][number], gaps: number): number {
  return "gap" in slice ? slice.gap : Math.min(slice.original, gaps - 1);
}

/**
 * A segment as a separate stack, with its part of the plan: the network sees the same slices in
 * it as in the whole, at the same distances and in tiles and batches of the same size. Calibration
 * looks at one original beyond either end of a gap, so that a calibrated segment has these, too;
 * nothing is predicted in the gaps between.
 */
export function segmentJob(
  reader: StackReader,
  plan: PredictionPlan,
  segment: Segment,
): { reader: StackReader; plan: PredictionPlan } {
  const { t, firstGap, endGap } = segment;
  const { sizes } = reader.info;
  const beyond = plan.calibrationGaps ? 1 : 0;
  const first = Math.max(0, firstGap - beyond);
  const last = Math.min(sizes.z - 1, endGap + beyond);
  const rows = plan.slices.filter((slice) => {
    const gap = gapOf(slice, sizes.z - 1);
    return gap >= firstGap && gap < endGap;
  });
  const predicted = rows.filter((row) => "gap" in row).length *
    pictureChannels(reader.info).length;
  return {
    reader: {
      name: reader.name,
      info: { ...reader.info, sizes: { ...sizes, t: 1, z: last - first + 1 } },
      readSlice: (_, c, z) => reader.readSlice(t, c, first + z),
    },
    plan: {
      ...plan,
      sizes: { ...plan.sizes, t: 1, z: rows.length },
      slices: rows.map((row) =>
        "gap" in row ? { ...row, gap: row.gap - first } : { ...row, original: row.original - first }
      ),
      predictedSlices: predicted,
      calibrationSlices: 0,
    },
  };
}
