import { InputError } from "../errors.ts";
import { planPrediction, type PredictionOptions } from "../prediction/plan.ts";
import { type PredictedSlice, predictSlices } from "../prediction/predict.ts";
import type { SliceInterpolator } from "../prediction/interpolator.ts";
import type { Progress } from "../prediction/progress.ts";
import { type NormalizationOptions, normalizerFor } from "../stack/normalizer.ts";
import { measureStack } from "../stack/statistics.ts";
import type { Slice, StackInfo, StackReader } from "../stack/stack.ts";
import { type Baseline, BASELINES, baselineTaps, blend } from "./baselines.ts";
import { type HeldOut, holdOut, keptSlices, remembering, type SliceBlock } from "./held_out.ts";
import { PEAK } from "./metrics.ts";
import { ScoreCard, type Scores, type SliceScore } from "./score_card.ts";

/** What is compared: the network, and what it has to beat. */
export const METHODS = [...BASELINES, "network"] as const;
export type Method = typeof METHODS[number];

/** What {@link evaluateStack} takes beside a stack and a model. */
export interface EvaluationOptions extends Pick<PredictionOptions, "tile" | "batchSize"> {
  /** Every so many-th slice is kept; 2 by default. */
  readonly factor?: number;
  /** Evaluates a block of slices only, as if it were all there is; the whole stack by default. */
  readonly slices?: SliceBlock;
  /** What the network sees as 0..1; measured over the whole stack where it is measured. */
  readonly normalization?: NormalizationOptions;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Called with each slice in file order, after it was scored. */
  readonly onSlice?: (slice: EvaluatedSlice) => void;
}

/** A slice of the evaluated block in grey levels: 0..255 is the stack's range. */
export interface EvaluatedSlice {
  readonly t: number;
  readonly c: number;
  /** Index in the stack. */
  readonly z: number;
  readonly truth: Float64Array;
  /** What the network made of it; the truth itself where the slice was kept. */
  readonly predicted: Float64Array;
  readonly kept: boolean;
}

/** One method's score of one generated slice. */
export interface MethodSliceScore extends SliceScore {
  readonly t: number;
  readonly c: number;
  /** Index in the stack. */
  readonly z: number;
  readonly method: Method;
}

/** How a stack was evaluated, and what came out. */
export interface StackEvaluation extends Omit<HeldOut, "kept"> {
  readonly stack: string;
  readonly sizes: StackInfo["sizes"];
  readonly voxelSize: StackInfo["voxelSize"];
  /** Slices that were scored, over all channels and frames. */
  readonly generated: number;
  /** The samples that grey levels 0 and 255 stand for: the whole stack's minimum and maximum. */
  readonly range: readonly [low: number, high: number];
  /** The normaliser's own words. */
  readonly normalization: Readonly<Record<string, string>>;
  readonly scores: Readonly<Record<Method, Scores>>;
  readonly slices: readonly MethodSliceScore[];
}

/**
 * Drops slices of a stack, predicts them from those kept, and scores the generated ones beside
 * nearest, linear and cubic interpolation. All methods are scored unrounded, in grey levels whose
 * 0..255 is the stack's range. Throws an InputError for a stack that leaves nothing to score, and
 * for what {@link planPrediction} and {@link normalizerFor} refuse.
 */
export async function evaluateStack(
  reader: StackReader,
  interpolator: SliceInterpolator,
  options: EvaluationOptions = {},
): Promise<StackEvaluation> {
  const { factor = 2, signal, onProgress, onSlice, tile, batchSize } = options;
  const { sizes } = reader.info;
  const held = holdOut(reader, factor, options.slices);
  const coarse = keptSlices(reader, held);
  const plan = planPrediction(coarse.info, interpolator, { factor, tile, batchSize });
  const range = await greyRange(reader, signal);
  const normalizer = await normalizerFor(reader, { ...options.normalization, signal });

  const toGrey = greyScale(range);
  const baselines = baselineReader(coarse, held, toGrey);
  const cards = mapMethods(() => new ScoreCard(sizes.x));
  const slices: MethodSliceScore[] = [];
  const predictions = predictSlices(coarse, interpolator, plan, { normalizer, signal, onProgress });
  for await (const prediction of predictions) {
    const { t, c, original: kept } = prediction;
    const z = held.first + prediction.z;
    const predicted = toGrey(prediction.slice);
    const truth = kept ? predicted : toGrey(await reader.readSlice(t, c, z));
    for (const method of METHODS) {
      const card = cards[method];
      if (prediction.z === 0 && c === 0) card.startFrame();
      if (kept) card.addKept(c, truth);
      else {
        const made = method === "network" ? predicted : await baselines(method, prediction);
        slices.push({ t, c, z, method, ...card.addGenerated(c, made, truth) });
      }
    }
    onSlice?.({ t, c, z, truth, predicted, kept });
  }
  return {
    ...{ stack: reader.name, sizes, voxelSize: reader.info.voxelSize },
    ...{ factor, first: held.first, last: held.last, notes: [...held.notes, ...plan.notes] },
    ...{ generated: plan.predictedSlices, range, normalization: normalizer.describe() },
    scores: mapMethods((method) => cards[method].scores),
    slices,
  };
}

/** Interpolates slices of the output, in grey levels, from the kept slices around them. */
function baselineReader(
  coarse: StackReader,
  { factor, kept }: HeldOut,
  toGrey: (slice: Slice) => Float64Array,
): (baseline: Baseline, at: PredictedSlice) => Promise<Float64Array> {
  const widest = 4;
  const reader = remembering(coarse, widest * coarse.info.sizes.c);
  return async (baseline, { t, c, z }) => {
    const taps = baselineTaps(baseline, z / factor, kept);
    const parts = await Promise.all(taps.map(async ({ slice, weight }) => ({
      samples: toGrey(await reader.readSlice(t, c, slice)),
      weight,
    })));
    return blend(parts, [0, PEAK]);
  };
}

async function greyRange(
  reader: StackReader,
  signal?: AbortSignal,
): Promise<readonly [low: number, high: number]> {
  const { min, max } = await measureStack(reader, { signal });
  if (max > min) return [min, max];
  throw new InputError(`${reader.name} holds ${min} everywhere: there is nothing to score.`);
}

function greyScale([low, high]: readonly [number, number]): (slice: Slice) => Float64Array {
  const scale = PEAK / (high - low);
  return (slice) => {
    const grey = new Float64Array(slice.length);
    for (let i = 0; i < grey.length; i++) grey[i] = (slice[i] - low) * scale;
    return grey;
  };
}

function mapMethods<T>(make: (method: Method) => T): Record<Method, T> {
  return {
    nearest: make("nearest"),
    linear: make("linear"),
    cubic: make("cubic"),
    network: make("network"),
  };
}
