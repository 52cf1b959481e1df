import { featuresAt } from "../calibration/features.ts";
import { type GapGram, gramOf, type Plane } from "../calibration/grams.ts";
import { readFiniteSlice } from "../stack/finite_slice.ts";
import type { StackNormalizer } from "../stack/normalizer.ts";
import { crop, reflectPad } from "../stack/resizer.ts";
import { pictureChannels, type StackInfo, type StackReader } from "../stack/stack.ts";
import { CallQueue } from "./call_queue.ts";
import type { SliceInterpolator } from "./interpolator.ts";
import { NO_PLANE, refine, type Refinement, type Row } from "./refine.ts";

/** Gaps that a channel's weights are fitted on, at most: more gain no more than they cost. */
const MOST_GAPS = 8;

/** A gap in a stack whose slice is known, as if it were not. */
export interface KnownSlice {
  readonly t: number;
  readonly target: number;
  /** Slices that it is made of: two below, two above; the last one repeated at the ends. */
  readonly around: readonly [number, number, number, number];
  /** Relative, from the second of them to the third. */
  readonly distance: number;
}

type Lengths = Pick<StackInfo["sizes"], "t" | "z">;

/**
 * The gaps that a stack is calibrated on, of which only every `keep`-th slice is looked at: each
 * twice as wide as that, its slice in the middle known; up to eight, evenly chosen.
 */
export function wideGaps({ t, z }: Lengths, keep = 1): KnownSlice[] {
  const kept = Math.floor((z - 1) / keep) + 1;
  return spread(t, Math.max(0, kept - 2)).map(({ t, i }) => ({
    t,
    target: keep * (i + 1),
    around: around(kept, i, 2, keep),
    distance: 0.5,
  }));
}

/**
 * The gaps between every `keep`-th slice, at the place of the `offset`-th slice between: what those
 * who keep only these would have predicted; up to eight, evenly chosen.
 */
export function nearGaps({ t, z }: Lengths, keep: number, offset = keep / 2): KnownSlice[] {
  const kept = Math.floor((z - 1) / keep) + 1;
  return spread(t, kept - 1).map(({ t, i }) => ({
    t,
    target: keep * i + offset,
    around: around(kept, i, 1, keep),
    distance: offset / keep,
  }));
}

function around(count: number, i: number, width: number, keep: number): KnownSlice["around"] {
  const at = (steps: number) => keep * Math.min(Math.max(i + steps * width, 0), count - 1);
  return [at(-1), at(0), at(1), at(2)];
}

/** Up to eight of `perFrame` gaps in each of `frames` frames. */
function spread(frames: number, perFrame: number): { t: number; i: number }[] {
  const all = frames * perFrame;
  const count = Math.min(all, MOST_GAPS);
  return Array.from({ length: count }, (_, k) => {
    const index = Math.floor((k + 0.5) * all / count);
    return { t: Math.floor(index / perFrame), i: index % perFrame };
  });
}

/** What {@link measureGaps} takes besides a stack and its gaps. */
export interface MeasuringOptions {
  readonly normalizer: StackNormalizer;
  readonly signal?: AbortSignal;
  /** The network, and how its planes are tiled and batched; without it, weights are for none. */
  readonly network?: {
    readonly interpolator: SliceInterpolator;
    readonly plan: Omit<Refinement, "queue" | "alpha" | "distances"> & { readonly calls: number };
  };
  /** Called with the slices measured, over all channels. */
  readonly onProgress?: (done: number) => void;
}

/**
 * Measures gaps, [channel][gap], none of transparency: the network is asked for slices that are there, as it would be for
 * those that are not. Reads slices again rather than keep them all. Throws an InputError for a
 * damaged file and for NaN or infinity among the samples.
 */
export async function measureGaps(
  reader: StackReader,
  gaps: readonly KnownSlice[],
  { normalizer, signal, network, onProgress }: MeasuringOptions,
): Promise<GapGram[][]> {
  const { c: count, y: height, x: width } = reader.info.sizes;
  const channels = pictureChannels(reader.info);
  const grams = Array.from({ length: count }, (): GapGram[] => []);
  const planeAt = async (t: number, c: number, z: number): Promise<Plane> => {
    signal?.throwIfAborted();
    return normalizer.at(t, c).before(await readFiniteSlice(reader, t, c, z));
  };
  let done = 0;
  for await (const [gap, answers] of answersIn(reader, gaps, planeAt, network, signal)) {
    const { t, target, around: [a, b, d, e], distance } = gap;
    for (const c of channels) {
      const at = (z: number) => planeAt(t, c, z);
      const neighbours = [await at(a), await at(b), await at(d), await at(e)] as const;
      const features = featuresAt(neighbours, distance, answers?.[c]);
      grams[c].push(gramOf({ target: await at(target), ...features }, height, width));
    }
    onProgress?.(done += channels.length);
  }
  return grams;
}

/** The network's answers in each gap, [channel] of [height][width]; undefined without a network. */
async function* answersIn(
  { info: { sizes, alpha } }: StackReader,
  gaps: readonly KnownSlice[],
  planeAt: (t: number, c: number, z: number) => Promise<Plane>,
  network: MeasuringOptions["network"],
  signal?: AbortSignal,
): AsyncGenerator<readonly [gap: KnownSlice, answers: readonly Plane[] | undefined]> {
  if (!network) {
    for (const gap of gaps) yield [gap, undefined];
    return;
  }
  const { interpolator, plan: { grid, batchSize, calls, readAhead, mostWaiting } } = network;
  const queue = new CallQueue(
    interpolator,
    { height: grid.tileHeight, width: grid.tileWidth },
    { most: calls, signal, onDelivered: () => {} },
  );
  // Rows of one number are of one frame: every gap is a stack of two slices.
  const ends = async function* (): AsyncGenerator<Row> {
    for (const [number, { t, around }] of gaps.entries()) {
      for (const z of [around[1], around[2]]) {
        const planes: Plane[] = [];
        for (let c = 0; c < sizes.c; c++) {
          planes.push(
            c === alpha ? NO_PLANE : reflectPad(await planeAt(t, c, z), sizes.y, sizes.x),
          );
        }
        yield { t: number, planes, original: [], wanted: false };
      }
    }
  };
  let asked = 0;
  const distances = () => [gaps[asked++].distance];
  const rows = refine(ends(), { grid, queue, batchSize, readAhead, mostWaiting, alpha, distances });
  try {
    for await (const { t: number, planes, original } of rows) {
      if (!original) {
        yield [
          gaps[number],
          planes.map((plane) => plane === NO_PLANE ? NO_PLANE : crop(plane, sizes.y, sizes.x)),
        ];
      }
    }
  } finally {
    await queue.abandon();
  }
}
