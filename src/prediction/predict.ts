import { emptySamples } from "../stack/samples.ts";
import { readFiniteSlice } from "../stack/finite_slice.ts";
import { normalize, type Normalizer, type StackNormalizer } from "../stack/normalizer.ts";
import { paddedSide, reflect, reflectPad } from "../stack/resizer.ts";
import type { SampleType, Slice, StackInfo, StackReader } from "../stack/stack.ts";
import { CallQueue } from "./call_queue.ts";
import { completeRows, type Completion } from "./completion.ts";
import type { SliceInterpolator } from "./interpolator.ts";
import type { PredictionPlan } from "./plan.ts";
import { type Progress, ProgressEstimate } from "./progress.ts";
import { NO_PLANE, refine, type Row } from "./refine.ts";
import type { Tile, TileGrid } from "./tiles.ts";

/** One slice of the output. */
export interface PredictedSlice {
  readonly t: number;
  readonly c: number;
  /** Its index in the output. */
  readonly z: number;
  /** Samples [height][width] in the stack's sample type. */
  readonly slice: Slice;
  /** True where these are an original's samples, bit for bit. */
  readonly original: boolean;
}

/** What {@link predictSlices} takes besides its plan. */
export interface PredictSlicesOptions {
  readonly normalizer: StackNormalizer;
  /** Ends the prediction between two batches; the generator throws its reason. */
  readonly signal?: AbortSignal;
  /** Called after each batch. */
  readonly onProgress?: (progress: Progress) => void;
  /** Makes the slices of the network's answers and of the originals around; else these are it. */
  readonly completion?: Completion;
}

/**
 * Predicts a stack as a stream of slices in file order: frames slowest, then z, channels fastest.
 * Slices are read when they are needed and forgotten when they are written, so memory is the same
 * however long the stack is. Between repeated doublings slices stay float32, as the network answered
 * them. Throws an InputError for a damaged file and for NaN or infinity among the samples.
 */
export async function* predictSlices(
  reader: StackReader,
  interpolator: SliceInterpolator,
  plan: PredictionPlan,
  { normalizer, signal, onProgress, completion }: PredictSlicesOptions,
): AsyncGenerator<PredictedSlice> {
  const { grid, batchSize, calls, readAhead, mostWaiting } = plan;
  const { alpha, sizes: { y: height, x: width } } = reader.info;
  const fitted = completion ? plan.calibrationSlices : 0;
  const estimate = new ProgressEstimate(fitted + plan.predictedSlices, performance.now(), fitted);
  let tilesDone = 0;
  const queue = new CallQueue(
    interpolator,
    { height: grid.tileHeight, width: grid.tileWidth },
    {
      most: calls,
      signal,
      onDelivered: (tiles) => {
        tilesDone += tiles;
        const slices = fitted + tilesDone / grid.tiles.length;
        onProgress?.(estimate.report(slices, performance.now()));
      },
    },
  );

  const perGap = distancesOf(plan, reader.info.sizes.z - 1);
  const wanted = (gap: number) => perGap[gap];
  let rows: AsyncIterable<Row> = originalRows(reader, plan, normalizer, signal);
  for (let i = 0; i < plan.doublings; i++) {
    const halves = plan.doublings > 1 ? halvesOf(perGap, i) : perGap;
    const distances = (gap: number) => halves[gap];
    rows = refine(rows, { grid, queue, batchSize, readAhead, mostWaiting, alpha, distances });
  }
  if (completion) rows = completeRows(rows, { height, width, distances: wanted, completion });

  try {
    yield* slicesOf(rows, reader.info, normalizer);
  } finally {
    await queue.abandon();
  }
}

/**
 * The wanted slices of a stream of rows, in the stack's samples. Transparency is no picture: a new
 * slice has that of the original before it.
 */
export async function* slicesOf(
  rows: AsyncIterable<Row>,
  { sampleType, alpha, sizes: { y: height, x: width } }: StackInfo,
  normalizer: StackNormalizer,
): AsyncGenerator<PredictedSlice> {
  let frame = 0;
  let z = 0;
  let transparency: Slice | undefined;
  for await (const row of rows) {
    if (alpha !== undefined) transparency = row.original?.[alpha] ?? transparency;
    if (!row.wanted) continue;
    if (row.t !== frame) z = 0;
    frame = row.t;
    const channels = row.original?.length || row.planes.length;
    for (let c = 0; c < channels; c++) {
      const slice = row.original?.[c] ??
        (c === alpha
          ? transparency!
          : samplesOf(row.planes[c], height, width, normalizer.at(row.t, c), sampleType));
      yield { t: frame, c, z, slice, original: row.original !== undefined };
    }
    z++;
  }
}

/** What `normalizer.after` makes of the cropped plane, without that. */
function samplesOf(
  plane: Float32Array<ArrayBuffer>,
  height: number,
  width: number,
  normalizer: Normalizer,
  sampleType: SampleType,
): Slice {
  const padded = paddedSide(width);
  const lines = plane.subarray(0, height * padded);
  if (padded === width || plane.length === height * width) {
    return normalizer.after(lines.subarray(0, height * width), sampleType);
  }
  const slice = emptySamples(sampleType, height * width);
  for (let y = 0; y < height; y++) {
    const line = lines.subarray(y * padded, y * padded + width);
    slice.set(normalizer.after(line, sampleType), y * width);
  }
  return slice;
}

/** A stack's own slices as a stream of rows; those that the plan leaves out are not wanted. */
export async function* originalRows(
  reader: StackReader,
  plan: Pick<PredictionPlan, "slices">,
  normalizer: StackNormalizer,
  signal?: AbortSignal,
): AsyncGenerator<Row> {
  const { sizes, alpha } = reader.info;
  const wanted = new Set(plan.slices.map((slice) => "original" in slice ? slice.original : -1));
  for (let t = 0; t < sizes.t; t++) {
    for (let z = 0; z < sizes.z; z++) {
      const original: Slice[] = [];
      for (let c = 0; c < sizes.c; c++) {
        signal?.throwIfAborted();
        original.push(await readFiniteSlice(reader, t, c, z));
      }
      yield {
        t,
        original,
        wanted: wanted.has(z),
        get planes() {
          return original.map((slice, c) =>
            c === alpha ? NO_PLANE : reflectPad(normalizer.at(t, c).before(slice), sizes.y, sizes.x)
          );
        },
        tile: (c, grid, tile) =>
          normalizedTile(original[c], sizes, normalizer.at(t, c), grid, tile),
      };
    }
  }
}

/** A tile of a slice as of its whole plane, normalised and padded, without that plane. */
function normalizedTile(
  slice: Slice,
  { y: height, x: width }: StackInfo["sizes"],
  window: Normalizer,
  { tileHeight, tileWidth }: TileGrid,
  { top, left }: Tile,
): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(tileHeight * tileWidth);
  const inside = Math.min(tileWidth, width - left);
  const beyond = Array.from(
    { length: tileWidth - inside },
    (_, i) => reflect(left + inside + i, width),
  );
  for (let y = 0; y < tileHeight; y++) {
    const line = slice.subarray(reflect(top + y, height) * width).subarray(0, width);
    const row = samples.subarray(y * tileWidth, (y + 1) * tileWidth);
    normalize(line.subarray(left, left + inside), window, row);
    if (beyond.length === 0) continue;
    normalize(Float32Array.from(beyond, (x) => line[x]), window, row.subarray(inside));
  }
  return samples;
}

/** What pass i of repeated doublings halves: a gap that nothing is wanted in stays whole. */
function halvesOf(perGap: readonly (readonly number[])[], i: number): number[][] {
  return perGap.flatMap((wanted) =>
    wanted.length === 0 ? [[]] : Array.from({ length: 2 ** i }, () => [0.5])
  );
}

/** The relative distances in each gap that slices are wanted at. */
export function distancesOf(plan: Pick<PredictionPlan, "slices">, gaps: number): number[][] {
  const distances = Array.from({ length: gaps }, (): number[] => []);
  for (const slice of plan.slices) {
    if ("gap" in slice) distances[slice.gap].push(slice.dpm);
  }
  return distances;
}
