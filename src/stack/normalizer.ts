import { InputError } from "../errors.ts";
import { option, phrase } from "../message.ts";
import { measureStack, type StackStatistics } from "./stack_statistics.ts";
import type { Samples, SampleType, Slice, StackReader } from "./stack.ts";

/** The normalisations a user can name; a given range is the fifth. */
export const NORMALIZATIONS = ["dtype", "stack", "percentile", "zscore"] as const;
/** See {@link chooseWindow} for what each does. */
export type Normalization = typeof NORMALIZATIONS[number];

/** The two numbers that the network sees as 0 and 1. */
export interface IntensityWindow {
  readonly low: number;
  readonly high: number;
}

/** What {@link normalizerFor} takes. */
export interface NormalizationOptions {
  /** By default "dtype" for 8 bit and "stack" for the others. */
  readonly normalization?: Normalization;
  /** A range of the user's own, instead of `normalization`. */
  readonly range?: readonly [number, number];
  /** For "percentile"; 0.1 and 99.9 by default. */
  readonly percentiles?: readonly [number, number];
  readonly signal?: AbortSignal;
  /** Called while the stack is measured, with slices read and slices to read. */
  readonly onProgress?: (done: number, total: number) => void;
}

const PERCENTILES = [0.1, 99.9] as const;
/** Room beyond each percentile, as a share of their distance. */
const PERCENTILE_MARGIN = 1 / 8;
const LEAST_DEVIATIONS = 4;

const TOP: Readonly<Record<Exclude<SampleType, "float32">, number>> = {
  uint8: 255,
  uint16: 65535,
};

/**
 * Maps samples into the network's range and back by one affine map, so that every normalisation
 * undoes itself. The input is not clipped, but the network answers within 0..1: predicted samples
 * lie within the window. Originals never pass through here.
 */
export class Normalizer implements IntensityWindow {
  readonly low: number;
  readonly high: number;
  readonly #name: string;

  constructor(name: string, window: IntensityWindow) {
    this.#name = name;
    this.low = window.low;
    this.high = window.high;
  }

  /** Samples as the network takes them: 0 at `low`, 1 at `high`; all 0 where these are equal. */
  before(slice: Samples): Float32Array<ArrayBuffer> {
    const values = new Float32Array(slice.length);
    normalize(slice, this, values);
    return values;
  }

  /** The network's answer as samples: rounded and clipped for integers, unrounded for float32. */
  after(values: Float32Array<ArrayBuffer>, sampleType: SampleType): Slice {
    const span = this.high - this.low;
    return toSamples(values, sampleType, span, this.low);
  }

  /** What the output's metadata says: the name and the two ends of the window. */
  describe(): Record<string, string> {
    return {
      normalization: this.#name,
      normalization_low: String(this.low),
      normalization_high: String(this.high),
    };
  }
}

/** Puts samples into the network's range, and into `values`, which may be the samples. */
export function normalize(
  samples: Samples,
  { low, high }: IntensityWindow,
  values: Float32Array,
): void {
  const span = high - low;
  const scale = span === 0 ? 0 : 1 / span;
  for (let i = 0; i < samples.length; i++) values[i] = (samples[i] - low) * scale;
}

/** scale * values + offset as samples: rounded and clipped for integers, unrounded for float32. */
export function toSamples(
  values: Float32Array<ArrayBuffer>,
  sampleType: SampleType,
  scale = 1,
  offset = 0,
): Slice {
  const { length } = values;
  if (sampleType === "float32") {
    const slice = new Float32Array(length);
    for (let i = 0; i < length; i++) slice[i] = offset + values[i] * scale;
    return slice;
  }
  const top = TOP[sampleType];
  const slice = sampleType === "uint8" ? new Uint8Array(length) : new Uint16Array(length);
  for (let i = 0; i < length; i++) {
    const value = Math.min(Math.max(offset + values[i] * scale, 0), top);
    // Cuts off the fraction, which is faster than Math.round.
    slice[i] = (value + 0.5) | 0;
  }
  return slice;
}

/** The paper's normalisation for 8 bit; the stack's own range for all else. */
export function defaultNormalization(sampleType: SampleType): Normalization {
  return sampleType === "uint8" ? "dtype" : "stack";
}

/**
 * Makes the normaliser that the options ask for and measures the stack where it must. Throws an
 * InputError for a range or percentiles that are none, and for what {@link measureStack} refuses.
 */
export async function normalizerFor(
  reader: StackReader,
  options: NormalizationOptions = {},
): Promise<Normalizer> {
  const { sampleType } = reader.info;
  if (options.range) {
    if (options.normalization) {
      throw new InputError(
        phrase`Give either ${option("normalization")} or ${option("range")}, not both.`,
      );
    }
    const [low, high] = options.range;
    if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
      throw new InputError(
        phrase`${option("range")} needs two numbers, the lower first, not ${low},${high}.`,
      );
    }
    return new Normalizer("range", { low, high });
  }
  const name = options.normalization ?? defaultNormalization(sampleType);
  if (name === "dtype") return new Normalizer(name, dtypeWindow(sampleType));

  const percentiles = name === "percentile" ? options.percentiles ?? PERCENTILES : [];
  if (percentiles.length > 0) checkPercentiles(percentiles);
  const { signal, onProgress } = options;
  const statistics = await measureStack(reader, { percentiles, signal, onProgress });
  return new Normalizer(
    name === "percentile" ? `percentile ${percentiles.join(",")}` : name,
    chooseWindow(name, statistics),
  );
}

/**
 * The window of a measured normalisation.
 * - "stack": minimum to maximum.
 * - "percentile": the two percentiles, each with an eighth of their distance as room, because the
 *   network's answer ends at the window; never beyond minimum and maximum, and these where the
 *   percentiles are equal.
 * - "zscore": the mean lies in the middle, and four standard deviations on either side, or more
 *   where samples lie farther out: nothing is cut. (The published code confines the output to
 *   mean..mean + one deviation.)
 */
export function chooseWindow(
  name: Exclude<Normalization, "dtype">,
  statistics: StackStatistics,
): IntensityWindow {
  const { min, max, mean, standardDeviation } = statistics;
  if (name === "percentile") {
    const [low, high] = statistics.percentiles;
    const margin = (high - low) * PERCENTILE_MARGIN;
    if (margin > 0) return { low: Math.max(low - margin, min), high: Math.min(high + margin, max) };
  }
  if (name === "zscore" && max > min) {
    const reach = Math.max(LEAST_DEVIATIONS * standardDeviation, max - mean, mean - min);
    return { low: mean - reach, high: mean + reach };
  }
  return { low: min, high: max };
}

function dtypeWindow(sampleType: SampleType): IntensityWindow {
  if (sampleType === "float32") {
    throw new InputError(
      phrase`A float32 stack has no range of its type: use ${option("normalization", "stack")}, or
        give the two ends of one (${option("range")}).`,
    );
  }
  return { low: 0, high: TOP[sampleType] };
}

function checkPercentiles([low, high]: readonly number[]) {
  if (!(low >= 0 && low < high && high <= 100)) {
    throw new InputError(
      `Percentiles need two numbers in 0..100, the lower first, not ${low},${high}.`,
    );
  }
}
