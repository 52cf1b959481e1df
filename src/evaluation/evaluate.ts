import { InputError } from "../errors.ts";
import { fitCompletion } from "../prediction/calibration.ts";
import type { Completion } from "../prediction/completion.ts";
import { type MethodOptions, planMethod, predictByMethod } from "../prediction/methods.ts";
import { planPrediction, type PredictionOptions } from "../prediction/plan.ts";
import { type EnsembleSlice, planEnsemble, predictEnsemble } from "../prediction/ensemble.ts";
import { type PredictedSlice, predictSlices } from "../prediction/predict.ts";
import type { SliceInterpolator } from "../prediction/interpolator.ts";
import type { Progress } from "../prediction/progress.ts";
import {
  type NormalizationOptions,
  normalizerFor,
  type StackNormalizer,
} from "../stack/normalizer.ts";
import { measureStack } from "../stack/stack_statistics.ts";
import type { StackInfo, StackReader } from "../stack/stack.ts";
import { ReliabilitySums, type SpreadReliability } from "./spread_reliability.ts";
import {
  baselineContenders,
  completedContender,
  type GreyScale,
  stackContender,
  streamContender,
} from "./contenders.ts";
import { exactNotes } from "./exact_slices.ts";
import { type HeldOut, holdOut, keptSlices, type SliceBlock } from "./held_out.ts";
import { PEAK } from "./metrics.ts";
import { ScoreCard, type Scores, type SliceScore } from "./score_card.ts";

/**
 * A method's name: one of {@link BASELINES}, of a rival or a compared stack, "adaptive" (linear and cubic
 * weighted as suits the stack), "calibrated" (the network calibrated, where its model carries a map)
 * or "network".
 */
export type Method = string;

/** What {@link evaluateStack} takes besides a stack and a model. */
export interface EvaluationOptions extends Pick<PredictionOptions, "tile" | "batchSize"> {
  /** Every n-th slice is kept; 2 by default. */
  readonly factor?: number;
  /** Evaluates a block of slices only, as if it were all there is; the whole stack by default. */
  readonly slices?: SliceBlock;
  /** What the network sees as 0..1; measured over the whole stack where it is measured. */
  readonly normalization?: NormalizationOptions;
  /** Interpolators that are scored beside the network, by name, such as optical flow. */
  readonly rivals?: Readonly<Record<string, SliceInterpolator>>;
  /** Stacks that other programs made, by name; each of the truth's size and intensities. */
  readonly compare?: Readonly<Record<string, StackReader>>;
  /** Predicts with an ensemble, and says how well its spread predicts the error. */
  readonly uncertainty?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Called with each slice in file order, after it was scored, and waited for. */
  readonly onSlice?: (slice: EvaluatedSlice) => void | Promise<void>;
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
  /** What each method made of it, by name; empty where the slice was kept. */
  readonly made: Readonly<Record<Method, Float64Array>>;
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
  /** By method, in the order of a table; the network is the last. */
  readonly scores: Readonly<Record<Method, Scores>>;
  readonly slices: readonly MethodSliceScore[];
  /** How well the ensemble's spread predicts the error, where it was asked for. */
  readonly reliability?: SpreadReliability;
}

/**
 * Drops slices of a stack, predicts them from those kept, and scores the generated ones beside
 * nearest, linear, cubic and adaptive interpolation, the network calibrated, the rivals and other
 * programs' stacks. Without a network, "bands" are scored in its place (docs/calibration.md). All
 * methods are scored unrounded, in grey levels whose 0..255 is the stack's range. Throws an InputError for a
 * stack that leaves nothing to score, for a compared stack of another size or type, and for what
 * {@link planPrediction} and {@link normalizerFor} refuse.
 */
export async function evaluateStack(
  reader: StackReader,
  interpolator: SliceInterpolator | undefined,
  options: EvaluationOptions = {},
): Promise<StackEvaluation> {
  const { factor = 2, signal, onSlice, tile, batchSize, uncertainty } = options;
  const { sizes } = reader.info;
  const held = holdOut(reader, factor, options.slices);
  const coarse = keptSlices(reader, held);
  const asked = { factor, tile, batchSize, calibration: "off" } as const;
  const range = await greyRange(reader, signal);
  const normalizer = await normalizerFor(reader, { ...options.normalization, signal });

  const toGrey = greyScale(range);
  const run = { normalizer, signal };
  const main = interpolator
    ? await networkRun(coarse, interpolator, { ...options, factor }, normalizer)
    : bandsRun(coarse, factor, { ...run, onProgress: options.onProgress });
  const { completion } = main;
  const adaptive = planMethod(coarse.info, "adaptive", { factor });
  const contenders = [
    ...baselineContenders(coarse, held, toGrey),
    streamContender("adaptive", predictByMethod(coarse, "adaptive", adaptive, run), toGrey),
    ...completion
      ? [completedContender("calibrated", coarse, held, { completion, normalizer }, toGrey)]
      : [],
    ...Object.entries(options.rivals ?? {}).map(([name, rival]) => {
      const slices = predictSlices(coarse, rival, planPrediction(coarse.info, rival, asked), {
        normalizer,
        signal,
      });
      return streamContender(name, slices, toGrey);
    }),
    ...Object.entries(options.compare ?? {}).map(([name, stack]) =>
      stackContender(name, stack, reader, held, toGrey)
    ),
  ];
  const methods = [...contenders.map(({ name }) => name), main.name];
  const cards = new Map(methods.map((method) => [method, new ScoreCard(sizes.x)]));
  const slices: MethodSliceScore[] = [];
  const reliability = new ReliabilitySums();
  let generated = 0;
  try {
    for await (const prediction of main.predictions) {
      const { t, c, original: kept } = prediction;
      const z = held.first + prediction.z;
      const predicted = toGrey(prediction.slice);
      const truth = kept ? predicted : toGrey(await reader.readSlice(t, c, z));
      const made: Record<Method, Float64Array> = {};
      if (!kept) {
        for (const contender of contenders) {
          made[contender.name] = await contender.sliceAt(prediction);
        }
        made[main.name] = predicted;
        generated++;
        if ("spread" in prediction) {
          reliability.add(scaled(prediction.spread, range), predicted, truth);
        }
      }
      for (const [method, card] of cards) {
        if (prediction.z === 0 && c === 0) card.startFrame();
        if (kept) card.addKept(c, truth);
        else slices.push({ t, c, z, method, ...card.addGenerated(c, made[method], truth) });
      }
      await onSlice?.({ t, c, z, truth, predicted, kept, made });
    }
  } finally {
    await Promise.all(contenders.map((contender) => contender.close()));
  }
  return {
    stack: reader.name,
    sizes,
    voxelSize: reader.info.voxelSize,
    factor,
    first: held.first,
    last: held.last,
    notes: [...held.notes, ...main.notes, ...exactNotes(slices)],
    generated,
    range,
    normalization: normalizer.describe(),
    scores: Object.fromEntries([...cards].map(([method, card]) => [method, card.scores])),
    slices,
    ...(uncertainty ? { reliability: reliability.result } : {}),
  };
}

/** What stands last in the table, and how calibration would complete it. */
interface MainRun {
  readonly name: Method;
  readonly predictions: AsyncGenerator<PredictedSlice | EnsembleSlice>;
  readonly completion?: Completion;
  readonly notes: readonly string[];
}

/** The network's own slices. */
async function networkRun(
  coarse: StackReader,
  network: SliceInterpolator,
  { factor, tile, batchSize, uncertainty, signal, onProgress }: EvaluationOptions,
  normalizer: StackNormalizer,
): Promise<MainRun> {
  const asked = { factor, tile, batchSize };
  const bare = { ...asked, calibration: "off" } as const;
  const plan = (uncertainty ? planEnsemble : planPrediction)(coarse.info, network, bare);
  const calibrated = planPrediction(coarse.info, network, asked);
  const completion = await fitCompletion(coarse, network, calibrated, { normalizer, signal });
  const predict = uncertainty ? predictEnsemble : predictSlices;
  const predictions = predict(coarse, network, plan, { normalizer, signal, onProgress });
  return { name: "network", predictions, completion, notes: calibrated.notes };
}

function bandsRun(coarse: StackReader, factor: number, run: MethodOptions): MainRun {
  const plan = planMethod(coarse.info, "bands", { factor });
  const predictions = predictByMethod(coarse, "bands", plan, run);
  return { name: "bands", predictions, notes: plan.notes };
}

async function greyRange(
  reader: StackReader,
  signal?: AbortSignal,
): Promise<readonly [low: number, high: number]> {
  const { min, max } = await measureStack(reader, { signal });
  if (max > min) return [min, max];
  throw new InputError(`${reader.name} holds ${min} everywhere: there is nothing to score.`);
}

function greyScale([low, high]: readonly [number, number]): GreyScale {
  const scale = PEAK / (high - low);
  return (slice) => {
    const grey = new Float64Array(slice.length);
    for (let i = 0; i < grey.length; i++) grey[i] = (slice[i] - low) * scale;
    return grey;
  };
}

/** Differences in grey levels. */
function scaled(differences: Float32Array, [low, high]: readonly [number, number]): Float64Array {
  return Float64Array.from(differences, (value) => value * PEAK / (high - low));
}
