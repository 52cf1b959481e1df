import { featuresAt, type Neighbours } from "../calibration/features.ts";
import { type GapGram, gramOf, type Plane } from "../calibration/grams.ts";
import { readFiniteSlice } from "../stack/finite_slice.ts";
import type { Normalizer } from "../stack/normalizer.ts";
import { crop, reflectPad } from "../stack/resizer.ts";
import type { StackInfo, StackReader } from "../stack/stack.ts";
import { CallQueue } from "./call_queue.ts";
import type { SliceInterpolator } from "./interpolator.ts";
import type { PredictionPlan } from "./plan.ts";
import { refine, type Row } from "./refine.ts";

/** Gaps that a channel's weights are fitted on, at most: more gain no more than they cost. */
const MOST_GAPS = 8;

/** A gap between slices z and z + 2 of a frame, whose slice in the middle is known. */
export interface WideGap {
  readonly t: number;
  readonly z: number;
}

/** The gaps that a stack is calibrated on: evenly chosen over its frames and slices. */
export function chooseWideGaps({ sizes }: Pick<StackInfo, "sizes">): WideGap[] {
  const perFrame = Math.max(0, sizes.z - 2);
  const all = perFrame * sizes.t;
  const count = Math.min(all, MOST_GAPS);
  return Array.from({ length: count }, (_, i) => {
    const index = Math.floor((i + 0.5) * all / count);
    return { t: Math.floor(index / perFrame), z: index % perFrame };
  });
}

/** What {@link measureWideGaps} takes beside a stack. */
export interface MeasuringOptions {
  readonly normalizer: Normalizer;
  readonly signal?: AbortSignal;
  /** The network, and how its planes are tiled and batched; without it, weights are for none. */
  readonly network?: {
    readonly interpolator: SliceInterpolator;
    readonly plan: Pick<
      PredictionPlan,
      "grid" | "batchSize" | "calls" | "readAhead" | "mostWaiting"
    >;
  };
  /** Called with the gaps measured, over all channels. */
  readonly onProgress?: (done: number) => void;
}

/**
 * Measures a stack's wide gaps, [channel][gap]: the network is asked for slices that are there, as
 * it would be for those that are not. Reads slices again rather than keep them all. Throws an
 * InputError for a damaged file and for NaN or infinity among the samples.
 */
export async function measureWideGaps(
  reader: StackReader,
  { normalizer, signal, network, onProgress }: MeasuringOptions,
): Promise<GapGram[][]> {
  const { sizes } = reader.info;
  const gaps = chooseWideGaps(reader.info);
  const grams = Array.from({ length: sizes.c }, (): GapGram[] => []);
  const planeAt = async (t: number, c: number, z: number): Promise<Plane> => {
    signal?.throwIfAborted();
    const inside = Math.min(Math.max(z, 0), sizes.z - 1);
    return normalizer.before(await readFiniteSlice(reader, t, c, inside));
  };
  let done = 0;
  for await (const [gap, answers] of answersIn(gaps, sizes, planeAt, network, signal)) {
    const { t, z } = gaps[gap];
    for (let c = 0; c < sizes.c; c++) {
      const at = (offset: number) => planeAt(t, c, z + offset);
      const neighbours: Neighbours = [await at(-2), await at(0), await at(2), await at(4)];
      const features = featuresAt(neighbours, 0.5, answers?.[c]);
      grams[c].push(gramOf({ target: await at(1), ...features }, sizes.y, sizes.x));
    }
    onProgress?.(done += sizes.c);
  }
  return grams;
}

/** The network's answers in each gap, [channel] of [height][width]; undefined without a network. */
async function* answersIn(
  gaps: readonly WideGap[],
  { c: channels, y: height, x: width }: StackInfo["sizes"],
  planeAt: (t: number, c: number, z: number) => Promise<Plane>,
  network: MeasuringOptions["network"],
  signal?: AbortSignal,
): AsyncGenerator<readonly [gap: number, answers: readonly Plane[] | undefined]> {
  if (!network) {
    for (const gap of gaps.keys()) yield [gap, undefined];
    return;
  }
  const { interpolator, plan: { grid, batchSize, calls, readAhead, mostWaiting } } = network;
  const queue = new CallQueue(
    interpolator,
    { height: grid.tileHeight, width: grid.tileWidth },
    { most: calls, signal, onDelivered: () => {} },
  );
  const ends = async function* (): AsyncGenerator<Row> {
    for (const [gap, { t, z }] of gaps.entries()) {
      for (const end of [z, z + 2]) {
        const planes: Plane[] = [];
        for (let c = 0; c < channels; c++) {
          planes.push(reflectPad(await planeAt(t, c, end), height, width));
        }
        // Rows of one number are of one frame: every gap is a stack of two slices.
        yield { t: gap, planes, original: [], wanted: false };
      }
    }
  };
  const distances = () => [0.5];
  const rows = refine(ends(), { grid, queue, batchSize, readAhead, mostWaiting, distances });
  try {
    for await (const { t: gap, planes, original } of rows) {
      if (!original) yield [gap, planes.map((plane) => crop(plane, height, width))];
    }
  } finally {
    await queue.abandon();
  }
}
