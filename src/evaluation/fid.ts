import type { EvaluatedSlice, Method } from "./evaluate.ts";
import { frechetDistance } from "./frechet.ts";
import { PEAK, type Samples } from "./metrics.ts";

/** What turns images into features, such as Inception-v3. */
export interface FeatureExtractor {
  /** Features of a grey image [height][width], mostly in 0..1. */
  of(
    image: Float32Array<ArrayBuffer>,
    height: number,
    width: number,
  ): Promise<Float32Array<ArrayBuffer>>;
}

/** Fréchet Inception Distances of the generated slices from the true ones. */
export interface Fid {
  /** Images on either side. */
  readonly images: number;
  readonly distances: Readonly<Record<Method, number>>;
}

/** Below this many images the covariance of 2048 features is not of full rank, and FID is biased. */
export const ENOUGH_FID_IMAGES = 2048;

/** Collects the features of generated slices and of the truth, over any number of stacks. */
export class FidCollector {
  readonly #features: FeatureExtractor;
  readonly #truth: Float32Array[] = [];
  readonly #made = new Map<Method, Float32Array[]>();

  constructor(features: FeatureExtractor) {
    this.#features = features;
  }

  /** Takes a slice of an evaluation; kept ones do not count. */
  async add({ kept, truth, made }: EvaluatedSlice, width: number): Promise<void> {
    if (kept) return;
    const featuresOf = (grey: Samples) => {
      const image = Float32Array.from(grey, (value) => value / PEAK);
      return this.#features.of(image, grey.length / width, width);
    };
    this.#truth.push(await featuresOf(truth));
    for (const [method, slice] of Object.entries(made)) {
      const collected = this.#made.get(method) ?? [];
      this.#made.set(method, collected);
      collected.push(await featuresOf(slice));
    }
  }

  /** The distances, a method each. Throws an InputError for fewer than two images. */
  get result(): Fid {
    const distances = [...this.#made].map(([method, features]) => [
      method,
      frechetDistance(features, this.#truth),
    ]);
    return { images: this.#truth.length, distances: Object.fromEntries(distances) };
  }
}
