import { emptySamples, TOP } from "./samples.ts";
import { InputError } from "../errors.ts";
import { option, phrase } from "../message.ts";
import {
  checkPercentiles,
  chooseWindow,
  dtypeWindow,
  type IntensityWindow,
  type Normalization,
} from "./intensity_window.ts";
import { measureStack } from "./stack_statistics.ts";
import {
  pictureChannels,
  type Samples,
  type SampleType,
  type Slice,
  type StackInfo,
  type StackReader,
} from "./stack.ts";

/** What of a stack has an intensity range of its own where that is measured. */
export const NORMALIZED_PARTS = ["channel", "frame", "stack"] as const;
/** "channel": each over all frames. "frame": each channel of each frame. "stack": all together. */
export type NormalizedPart = typeof NORMALIZED_PARTS[number];

/** What {@link normalizerFor} takes. */
export interface NormalizationOptions {
  /** By default "dtype" for 8 bit and "stack" for the others. */
  readonly normalization?: Normalization;
  /** What is measured by itself, where something is; "channel" by default. */
  readonly per?: NormalizedPart;
  /** A range of the user's own, instead of `normalization`. */
  readonly range?: readonly [number, number];
  /** For "percentile"; 0.1 and 99.9 by default. */
  readonly percentiles?: readonly [number, number];
  readonly signal?: AbortSignal;
  /** Called while the stack is measured, with slices read and slices to read. */
  readonly onProgress?: (done: number, total: number) => void;
}

const PERCENTILES = [0.1, 99.9] as const;

/** How the samples of a stack are mapped into the network's range and back. */
export interface StackNormalizer {
  /** The map of a channel in a frame, both from 0. */
  at(t: number, c: number): Normalizer;
  /** The windows of all parts, channels fastest; one where they have one. */
  readonly windows: readonly IntensityWindow[];
  /** What the output's metadata says: the name and the ends of the windows. */
  describe(): Record<string, string>;
}

/**
 * Maps samples into the network's range and back by one affine map, so that every normalisation
 * undoes itself. The input is not clipped, but the network answers within 0..1: predicted samples
 * lie within the window. Originals never pass through here.
 */
export class Normalizer implements IntensityWindow, StackNormalizer {
  readonly low: number;
  readonly high: number;
  readonly #name: string;

  constructor(name: string, window: IntensityWindow) {
    this.#name = name;
    this.low = window.low;
    this.high = window.high;
  }

  /** It holds for all channels and frames. */
  at(): Normalizer {
    return this;
  }

  get windows(): readonly IntensityWindow[] {
    return [{ low: this.low, high: this.high }];
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

  describe(): Record<string, string> {
    return described(this.#name, this.windows);
  }
}

/** A normaliser for a stack of one frame and channel, of a larger one's frame `t` and channel `c`. */
export function normalizerOfPart(
  normalizer: StackNormalizer,
  t: number,
  c?: number,
): StackNormalizer {
  return {
    at: (_, channel) => normalizer.at(t, c ?? channel),
    windows: normalizer.windows,
    describe: () => normalizer.describe(),
  };
}

function described(name: string, windows: readonly IntensityWindow[]): Record<string, string> {
  return {
    normalization: name,
    normalization_low: windows.map(({ low }) => low).join(","),
    normalization_high: windows.map(({ high }) => high).join(","),
  };
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
  const slice = emptySamples(sampleType, length);
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
): Promise<StackNormalizer> {
  const { info } = reader;
  const { sampleType } = info;
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
  const { per = "channel", signal, onProgress } = options;
  const title = name === "percentile" ? `percentile ${percentiles.join(",")}` : name;
  const parts = measuredParts(info, per);
  const { t: frames, z } = info.sizes;
  const passes = percentiles.length > 0 && sampleType === "float32" ? 2 : 1;
  const total = passes * frames * z * pictureChannels(info).length;
  const maps: Normalizer[] = [];
  let before = 0;
  for (const part of parts) {
    let measured = 0;
    const statistics = await measureStack(reader, {
      ...part,
      percentiles,
      signal,
      onProgress: (done) => onProgress?.(before + (measured = done), total),
    });
    before += measured;
    maps.push(new Normalizer(title, chooseWindow(name, statistics)));
  }
  if (maps.length === 1) return maps[0];
  const channels = pictureChannels(info);
  return {
    at: (t, c) => maps[(per === "frame" ? t * channels.length : 0) + channels.indexOf(c)],
    windows: maps.flatMap(({ windows }) => windows),
    describe: () => ({
      ...described(title, maps),
      normalization_per: per,
    }),
  };
}

/** The parts of a stack that are measured by themselves, channels fastest. */
export function measuredParts(
  info: Pick<StackInfo, "sizes" | "alpha">,
  per: NormalizedPart = "channel",
): { readonly frames: readonly number[]; readonly channels: readonly number[] }[] {
  const frames = Array.from({ length: info.sizes.t }, (_, t) => t);
  const channels = pictureChannels(info);
  if (per === "stack") return [{ frames, channels }];
  if (per === "channel") return channels.map((c) => ({ frames, channels: [c] }));
  return frames.flatMap((t) => channels.map((c) => ({ frames: [t], channels: [c] })));
}
