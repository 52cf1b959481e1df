import { InputError } from "../errors.ts";
import { joined, type Message, option, phrase } from "../message.ts";
import { randomNumbers } from "../random.ts";
import type { Variant } from "../zaugnet/generator.ts";
import {
  type Augmentation,
  AUGMENTATIONS,
  type Augmentations,
  drawCut,
  drawIntensities,
} from "./augment.ts";
import type { Batch } from "./patch_batch.ts";
import { BatchWorkers } from "./batch_workers.ts";
import { EpochOrder } from "./order.ts";
import type { BatchSource } from "./prefetch.ts";
import { makeBatch, type PatchRecipe } from "./recipe.ts";
import { reportsOf } from "./reports.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";
import { SliceCache } from "./slice_cache.ts";
import {
  checkApart,
  type Series,
  seriesOf,
  splitByBlock,
  splitByStack,
  wholeStack,
} from "./split.ts";
import { surveyAll, type SurveyOptions, type TrainingStack } from "./stacks.ts";
import { hashOf } from "./survey.ts";
import type { Triplet } from "./triplets.ts";

/** How {@link TrainingData.open} makes batches. */
export interface TrainingDataOptions extends SurveyOptions {
  readonly variant: Variant;
  readonly batchSize: number;
  /** Side of the patches in samples; 256 by default. */
  readonly patchSize?: number;
  /** The most slices from before to after, for ZAugNet+; 7 by default. */
  readonly maxSpan?: number;
  /** 0 by default. */
  readonly seed?: number;
  /** All by default. */
  readonly augmentations?: readonly Augmentation[];
  /**
   * What to validate on: "stacks" (the last 15 % of the stacks), "blocks" (the last 15 % of each
   * stack's slices), or stacks of its own (none: no validation). By default "stacks" where there
   * are several, and "blocks" where there is one.
   */
  readonly validation?: "stacks" | "blocks" | readonly TrainingStack[];
  /** Leaves out triplets over neighbouring slices that hardly correlate; they are named anyway. */
  readonly skipUncorrelated?: boolean;
  /** Bytes of slices to keep; 512 MiB by default. */
  readonly cacheBytes?: number;
  /** Makes batches in workers, several at a time; the data must then be closed in the end. */
  readonly inWorkers?: boolean;
}

/** A triplet to validate on; its slices are got by {@link TrainingData.slice}. */
export interface ValidationTriplet {
  readonly series: Series;
  readonly triplet: Triplet;
}

/** The most slices from before to after where none are said, as the paper has it. */
export const DEFAULT_MAX_SPAN = 7;
const DEFAULT_CACHE_BYTES = 512 * 2 ** 20;

/**
 * Batches of augmented patches out of stacks. A batch depends on the seed, its epoch and its index
 * only, so that a run resumes anywhere; an epoch takes every triplet once, in its own order,
 * and begins a second round where its last batch is not full.
 */
export class TrainingData implements BatchSource {
  readonly batchesPerEpoch: number;
  /** Triplets of an epoch. */
  readonly tripletCount: number;
  readonly validation: readonly ValidationTriplet[];
  /** What the user should hear: counts, what is held back, neighbours that hardly correlate. */
  readonly reports: readonly string[];
  /** Hexadecimal hash of the stacks' names, slices, positions and normalisation. */
  readonly fingerprint: string;
  readonly #series: readonly Series[];
  readonly #cache: SliceCache;
  readonly #order: EpochOrder;
  readonly #seed: number;
  readonly #patchSize: number;
  readonly #batchSize: number;
  readonly #augmentations: Augmentations;
  readonly #workers?: BatchWorkers;

  private constructor(
    series: readonly Series[],
    cache: SliceCache,
    about: Pick<TrainingData, "validation" | "reports" | "fingerprint">,
    options: TrainingDataOptions,
  ) {
    this.#series = series;
    this.#cache = cache;
    this.#seed = options.seed ?? 0;
    this.#patchSize = options.patchSize ?? DEFAULT_SETTINGS.patchSize;
    this.#batchSize = options.batchSize;
    this.#augmentations = new Set(options.augmentations ?? AUGMENTATIONS);
    this.validation = about.validation;
    this.reports = about.reports;
    this.fingerprint = about.fingerprint;
    this.tripletCount = series.reduce((sum, { triplets }) => sum + triplets.length, 0);
    this.batchesPerEpoch = Math.ceil(this.tripletCount / options.batchSize);
    this.#order = new EpochOrder(this.#seed, this.tripletCount);
    if (options.inWorkers) this.#workers = new BatchWorkers();
  }

  /**
   * Reads every stack once to survey it. Throws an InputError that names the stack where one has
   * fewer than three slices, is constant, is smaller than a patch or can't be read, and where no
   * triplet is left; the signal's reason when it is aborted.
   */
  static async open(
    stacks: readonly TrainingStack[],
    options: TrainingDataOptions,
  ): Promise<TrainingData> {
    const patchSize = atLeast(2, "patchSize", options.patchSize ?? DEFAULT_SETTINGS.patchSize);
    const maxSpan = atLeast(2, "maxSpan", options.maxSpan ?? DEFAULT_MAX_SPAN);
    atLeast(1, "batchSize", options.batchSize);
    if (stacks.length === 0) throw new InputError("There is no stack to train on.");

    const { skipUncorrelated = false, variant } = options;
    const asked = options.validation ?? (stacks.length > 1 ? "stacks" : "blocks");
    const own = typeof asked === "string" ? [] : asked;
    const cache = new SliceCache(
      options.cacheBytes ?? DEFAULT_CACHE_BYTES,
      options.inWorkers,
    );
    const learnt = await surveyAll(stacks, cache, { ...options, patchSize });
    const { signal } = options;
    const surveyed = [...learnt, ...await surveyAll(own, cache, { signal })];
    // Where all but one were left out, no whole stack can be held back.
    const isAlone = learnt.length === 1 && options.onLeftOut !== undefined;
    const validation = asked === "stacks" && isAlone ? "blocks" : asked;
    const parts = validation === "stacks"
      ? splitByStack(surveyed)
      : validation === "blocks"
      ? splitByBlock(surveyed)
      : {
        training: learnt.map(wholeStack),
        validation: surveyed.slice(learnt.length).map(wholeStack),
      };
    checkApart(parts.training, parts.validation);

    const seriesOptions = { variant, maxSpan, skipUncorrelated };
    const training = parts.training.flatMap((part) => seriesOf(part, seriesOptions));
    const held = parts.validation.flatMap((part) => seriesOf(part, seriesOptions));
    if (training.length === 0) throw new InputError(nothingLeft(variant, skipUncorrelated));
    const about = {
      validation: held.flatMap((series) => series.triplets.map((triplet) => ({ series, triplet }))),
      reports: reportsOf(surveyed, training, held, skipUncorrelated),
      fingerprint: hashOf(
        surveyed.map((
          { reader, normalizer: { windows }, positions, survey },
        ) => [
          reader.name,
          survey.digest,
          positions,
          ...windows.flatMap(({ low, high }) => [low, high]),
        ]),
      ),
    };
    return new TrainingData(training, cache, about, options);
  }

  /** How many batches are worth asking for at a time. */
  get ahead(): number {
    return this.#workers?.count ?? 1;
  }

  /** A batch of an epoch (both from 0), the same whatever was asked for before. */
  async batch(epoch: number, index: number): Promise<Batch> {
    const [count, size] = [this.#batchSize, this.#patchSize];
    const patches = await Promise.all(
      Array.from({ length: count }, (_, k) => this.#recipe(epoch, index * count + k)),
    );
    return this.#workers ? await this.#workers.make(size, patches) : makeBatch(size, patches);
  }

  /** Ends the workers, where there are any. */
  close(): void {
    this.#workers?.close();
  }

  /** A whole slice [height][width] of a series, normalised and, as in prediction, not clipped. */
  async slice({ stack, t, c }: Series, z: number): Promise<Float32Array<ArrayBuffer>> {
    return stack.normalizer.at(t, c).before(await this.#cache.get(stack.reader, t, c, z));
  }

  /** What makes the example at a place of the epoch's order. */
  async #recipe(epoch: number, place: number): Promise<PatchRecipe> {
    const { stack, t, c, triplet } = this.#locate(this.#order.at(epoch, place));
    const { reader } = stack;
    const { low, high } = stack.normalizer.at(t, c);
    const slices = await Promise.all([triplet.before, triplet.middle, triplet.after]
      .map((z) => this.#cache.get(reader, t, c, z)));

    // Keyed by the place, so that neither batch size nor order of reading moves what is drawn.
    const random = (purpose: string) => randomNumbers(this.#seed, purpose, epoch, place);
    const sides = { height: reader.info.sizes.y, width: reader.info.sizes.x };
    const use = this.#augmentations;
    return {
      slices,
      sides,
      window: { low, high },
      dpm: triplet.dpm,
      cut: drawCut(random("cut"), sides, this.#patchSize, use),
      intensities: drawIntensities(random("intensities"), use),
      swap: use.has("swap") && random("swap").uniform() < 0.5,
    };
  }

  #locate(item: number): Omit<Series, "triplets"> & { triplet: Triplet } {
    let rest = item;
    for (const series of this.#series) {
      if (rest < series.triplets.length) return { ...series, triplet: series.triplets[rest] };
      rest -= series.triplets.length;
    }
    throw new RangeError(`There is no triplet ${item}`);
  }
}

function atLeast(least: number, name: string, value: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new InputError(
    phrase`${option(name)} must be a whole number of at least ${least}, not ${value}.`,
  );
}

function nothingLeft(variant: Variant, skipped: boolean): Message {
  const plus = option("variant", "zaugnet+");
  const reasons = [
    ...variant === "zaugnet" ? [phrase`slices that are not evenly spaced need ${plus}`] : [],
    ...skipped ? ["triplets over neighbours that hardly correlate are left out"] : [],
  ];
  return phrase`${joined(["No triplet of slices is left to train on", ...reasons], "; ")}.`;
}
