import type { Samples } from "./metrics.ts";

/** How well a spread predicts an error, in grey levels 0..255. */
export interface SpreadReliability {
  /** Samples that were compared: an even share of every generated slice. */
  readonly samples: number;
  /** Spearman's rank correlation of spread and absolute error over samples; NaN if either is flat. */
  readonly rankCorrelation: number;
  /** The same of the slices' mean spreads and RMSE; NaN below three slices. */
  readonly sliceRankCorrelation: number;
  /** Tenths of the samples by their spread, from the surest to the least sure. */
  readonly tenths: readonly ReliabilityTenth[];
}

/** Samples of similar spread. */
export interface ReliabilityTenth {
  /** Root mean square of the spreads, and of the errors: equal where the spread is reliable. */
  readonly spread: number;
  readonly rmse: number;
  /** Shares of errors within one and two spreads: 0.68 and 0.95 where errors are Gaussian. */
  readonly within1: number;
  readonly within2: number;
}

const BINS = 10;
/** About this many samples of a slice are kept. */
const PER_SLICE = 4096;

/** Collects spreads and errors of generated slices. */
export class ReliabilitySums {
  readonly #spreads: number[] = [];
  readonly #errors: number[] = [];
  readonly #sliceSpreads: number[] = [];
  readonly #sliceErrors: number[] = [];

  /** Adds a slice; all in grey levels. */
  add(spread: Samples, predicted: Samples, truth: Samples): void {
    // An odd step, so that the samples wander over the columns of an even width.
    const step = Math.max(1, Math.floor(truth.length / PER_SLICE)) | 1;
    for (let i = 0; i < truth.length; i += step) {
      this.#spreads.push(spread[i]);
      this.#errors.push(Math.abs(predicted[i] - truth[i]));
    }
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < truth.length; i++) {
      sum += spread[i];
      squares += (predicted[i] - truth[i]) ** 2;
    }
    this.#sliceSpreads.push(sum / truth.length);
    this.#sliceErrors.push(Math.sqrt(squares / truth.length));
  }

  get result(): SpreadReliability {
    const spreads = this.#spreads;
    const errors = this.#errors;
    const sliceSpreads = this.#sliceSpreads;
    const sliceErrors = this.#sliceErrors;
    const order = Array.from(spreads.keys()).sort((a, b) => spreads[a] - spreads[b]);
    const tenths = Array.from({ length: BINS }, (_, bin) => {
      const [from, to] = [bin, bin + 1].map((edge) => Math.floor(edge * order.length / BINS));
      const own = order.slice(from, to);
      const share = (most: number) =>
        own.filter((i) => errors[i] <= most * spreads[i]).length / own.length;
      const root = (values: readonly number[]) =>
        Math.sqrt(own.reduce((sum, i) => sum + values[i] ** 2, 0) / own.length);
      return { spread: root(spreads), rmse: root(errors), within1: share(1), within2: share(2) };
    });
    return {
      samples: spreads.length,
      rankCorrelation: spearman(spreads, errors),
      sliceRankCorrelation: sliceSpreads.length < 3 ? NaN : spearman(sliceSpreads, sliceErrors),
      tenths,
    };
  }
}

/**
 * Spearman's rank correlation: Pearson's of the ranks, equal values sharing their mean rank, as
 * scipy.stats.spearmanr. NaN where all values of one side are equal.
 */
export function spearman(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const middle = (a.length - 1) / 2;
  let products = 0;
  let squaresX = 0;
  let squaresY = 0;
  for (let i = 0; i < x.length; i++) {
    products += (x[i] - middle) * (y[i] - middle);
    squaresX += (x[i] - middle) ** 2;
    squaresY += (y[i] - middle) ** 2;
  }
  return products / Math.sqrt(squaresX * squaresY);
}

function ranks(values: readonly number[]): Float64Array {
  const order = Array.from(values.keys()).sort((i, j) => values[i] - values[j]);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let k = from; k < to; k++) ranks[order[k]] = (from + to - 1) / 2;
    from = to;
  }
  return ranks;
}
