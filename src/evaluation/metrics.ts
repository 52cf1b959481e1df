/** Samples of a slice or volume, in whatever unit the caller compares in. */
export type Samples = ArrayLike<number>;

/** The largest intensity that scores are relative to: grey levels of 8 bit. */
export const PEAK = 255;

/** Sums that RMSE, PSNR and bias of any number of slices come from: pooled, not averaged. */
export class ErrorSum {
  #squares = 0;
  #differences = 0;
  #count = 0;

  /** Adds the errors of a slice (or a volume) of the same length as its truth. */
  add(predicted: Samples, truth: Samples): this {
    requireSameLength(predicted, truth);
    for (let i = 0; i < truth.length; i++) {
      const difference = predicted[i] - truth[i];
      this.#squares += difference * difference;
      this.#differences += difference;
    }
    this.#count += truth.length;
    return this;
  }

  /** Root of the mean squared error, in the samples' unit. */
  get rmse(): number {
    return Math.sqrt(this.#squares / this.#count);
  }

  /** Mean of predicted - truth: positive where the prediction is too bright. */
  get bias(): number {
    return this.#differences / this.#count;
  }

  /** Decibels: 20 log10(peak / RMSE); Infinity where there is no error. */
  psnr(peak = PEAK): number {
    return 20 * Math.log10(peak / this.rmse);
  }
}

/** Root of the mean squared error, in the samples' unit. */
export function rmse(predicted: Samples, truth: Samples): number {
  return new ErrorSum().add(predicted, truth).rmse;
}

/** Peak signal-to-noise ratio in dB, as skimage.metrics.peak_signal_noise_ratio. */
export function psnr(predicted: Samples, truth: Samples, peak = PEAK): number {
  return new ErrorSum().add(predicted, truth).psnr(peak);
}

/** Mean of predicted - truth, in the samples' unit. */
export function meanBias(predicted: Samples, truth: Samples): number {
  return new ErrorSum().add(predicted, truth).bias;
}

/** Throws a RangeError: slices of different sizes cannot be compared. */
export function requireSameLength(predicted: Samples, truth: Samples): void {
  if (predicted.length === truth.length) return;
  throw new RangeError(`Cannot compare ${predicted.length} samples with ${truth.length}`);
}
