import { PEAK, requireSameLength, type Samples } from "./metrics.ts";

/** The window in which SSIM takes its means and covariances. */
export interface SsimWindow {
  /** Along one axis, summing to 1; the window is their outer product. */
  readonly weights: Float64Array;
  /** What the weighted covariance is multiplied by: n / (n - 1) makes it that of a sample. */
  readonly covarianceScale: number;
}

/** 7x7, all weights equal, sample covariance: what scikit-image does by default. */
export const UNIFORM: SsimWindow = {
  weights: new Float64Array(7).fill(1 / 7),
  covarianceScale: 49 / 48,
};

/** 11x11 Gaussian of sigma 1.5, population covariance: Wang et al. (2004). */
export const GAUSSIAN: SsimWindow = { weights: gaussian(1.5, 5), covarianceScale: 1 };

const K1 = 0.01;
const K2 = 0.03;

/**
 * Mean structural similarity of two planes [height][width], as skimage.metrics
 * .structural_similarity (0.19): over all windows that lie wholly inside. NaN where none does.
 */
export function ssim(
  predicted: Samples,
  truth: Samples,
  width: number,
  window: SsimWindow = UNIFORM,
  peak = PEAK,
): number {
  requireSameLength(predicted, truth);
  const scan = new SsimScan(width, window, peak);
  // Copies of one type: the loops below stay fast whatever types the callers mix.
  const [a, b] = [new Float64Array(predicted), new Float64Array(truth)];
  for (let i = 0; i < a.length; i += width) {
    scan.push(a.subarray(i, i + width), b.subarray(i, i + width));
  }
  return scan.mean;
}

/**
 * Mean SSIM of planes that arrive line by line. Lines of `width` samples make one plane; lines
 * that are whole slices [height][width] make `height` planes at once, one for each row: pushed in
 * the order of z, they are the XZ planes of a volume, of which only a window's depth is held.
 */
export class SsimScan {
  readonly #width: number;
  readonly #window: SsimWindow;
  readonly #lines: (readonly [Float64Array, Float64Array])[] = [];
  /** Vertical means at each x of one row: both samples, the sum of squares, the product. */
  readonly #columns: readonly Float64Array[];
  readonly #c1: number;
  readonly #c2: number;
  #sum = 0;
  #count = 0;

  constructor(
    width: number,
    window: SsimWindow = UNIFORM,
    peak = PEAK,
  ) {
    this.#width = width;
    this.#window = window;
    this.#columns = Array.from({ length: 4 }, () => new Float64Array(width));
    this.#c1 = (K1 * peak) ** 2;
    this.#c2 = (K2 * peak) ** 2;
  }

  /** Takes the next line of both. They are held, not copied, until a window has passed. */
  push(predicted: Float64Array, truth: Float64Array): void {
    const lines = this.#lines;
    const { weights } = this.#window;
    const width = this.#width;
    lines.push([predicted, truth]);
    if (lines.length < weights.length) return;
    for (let row = 0; row < truth.length; row += width) {
      this.#sumColumns(row);
      this.#scanRow();
    }
    lines.shift();
  }

  /** Forgets the lines, not what was scored: another plane or volume begins. */
  restart(): void {
    this.#lines.length = 0;
  }

  /** The mean over all windows so far; NaN where there was none. */
  get mean(): number {
    return this.#sum / this.#count;
  }

  #sumColumns(row: number): void {
    const [meanA, meanB, squares, products] = this.#columns;
    for (const column of this.#columns) column.fill(0);
    this.#window.weights.forEach((weight, k) => {
      const [a, b] = this.#lines[k];
      for (let x = 0; x < this.#width; x++) {
        const va = a[row + x];
        const vb = b[row + x];
        meanA[x] += weight * va;
        meanB[x] += weight * vb;
        squares[x] += weight * (va * va + vb * vb);
        products[x] += weight * va * vb;
      }
    });
  }

  #scanRow(): void {
    const { weights, covarianceScale } = this.#window;
    const c1 = this.#c1;
    const c2 = this.#c2;
    const [meansA, meansB, squares, products] = this.#columns;
    const windows = this.#width - weights.length + 1;
    for (let x = 0; x < windows; x++) {
      let a = 0;
      let b = 0;
      let square = 0;
      let product = 0;
      for (let k = 0; k < weights.length; k++) {
        const weight = weights[k];
        a += weight * meansA[x + k];
        b += weight * meansB[x + k];
        square += weight * squares[x + k];
        product += weight * products[x + k];
      }
      // SSIM needs the variances' sum only, so one moment does for both.
      const variances = covarianceScale * (square - a * a - b * b);
      const covariance = covarianceScale * (product - a * b);
      this.#sum += (2 * a * b + c1) * (2 * covariance + c2) /
        ((a * a + b * b + c1) * (variances + c2));
    }
    this.#count += Math.max(0, windows);
  }
}

/** A Gaussian's weights, which add up to 1. */
export function gaussian(sigma: number, radius: number): Float64Array {
  const weights = Float64Array.from(
    { length: 2 * radius + 1 },
    (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / sum);
}
