import { BANDS, NEIGHBOUR_GAIN } from "./bands.ts";
import { type GapGram, LINEAR, TARGET } from "./grams.ts";
import { dot, type Matrix, meanOf, select, solve } from "./solve.ts";

/** What weights are pulled to where a stack says little: between linear and cubic, no network. */
const PRIOR = [1, 0.5, 0];
/** Ridges of the two fits in each band, in shares of a feature's own power. */
const LOOSE = 0.1;
const CLOSE = 0.02;
/** Adaptive weights' ridge, in shares of the mean squared error. */
const ADAPTIVE = 0.03;
/** Keeps equations solvable where a stack is flat. */
const TINY = 1e-18;
/**
 * A feature of less power than this share of the stack's is float32's rounding (1e-15) and nothing
 * else, as where a network answers as linear interpolation does, or where the bend of a stack of
 * three slices is measured.
 */
const ROUNDING = 1e-12;
/** Weights of features that are nearly one another's multiples grow without bounds; maps need some. */
const LARGEST_WEIGHT = 10;

/** Places in {@link GapGram.errors}. */
const SIMPLE_ERRORS = [0, 1, 2, 3];
const NETWORK_ERRORS = [4, 5, 0, 1, 2, 3];

/** What a stack's own slices tell of its weights. */
export interface Statistics {
  /** [band][input]: what a map turns into corrections; 4 n + 9 inputs for n features. */
  readonly inputs: Matrix;
  /** [band][feature]: the weights that are corrected. */
  readonly start: Matrix;
  /** [band][feature]: adaptive weights without the network. */
  readonly simple: Matrix;
}

/** How many features the gaps were measured with: 2, or 3 with a network. */
export function featuresOf(gaps: readonly GapGram[]): number {
  return gaps[0].bands[0].length - 1;
}

/**
 * Statistics of gaps whose slices are known (at least one). Every number is finite, whatever the
 * gaps hold: flat, still and saturated stacks lead to the weights of the priors.
 */
export function statisticsOf(gaps: readonly GapGram[]): Statistics {
  const features = Array.from({ length: featuresOf(gaps) }, (_, i) => LINEAR + i);
  const bands = withoutRounding(
    Array.from({ length: BANDS }, (_, b) => meanOf(gaps.map((gap) => gap.bands[b]))),
  );
  const all = bands[0].map((row, i) => row.map((_, j) => sum(bands.map((band) => band[i][j]))));
  const whole = ridge(all, features, CLOSE, PRIOR);

  const errors = meanOf(gaps.map((gap) => gap.errors));
  const [linear, linearMean, cubic, cubicMean] = adaptive(errors, SIMPLE_ERRORS);
  const simple = NEIGHBOUR_GAIN.map((m) => [
    linear + linearMean * m + cubic + cubicMean * m,
    cubic + cubicMean * m,
  ]);
  const start = features.length === 2 ? simple : startWithNetwork(errors);

  const inputs = bands.map((gram, b) => {
    const power = Math.max(gram[TARGET][TARGET], TINY);
    const noise = Math.min(linearError(gram) / power, 3);
    const m = NEIGHBOUR_GAIN[b];
    const slope = gram[TARGET][LINEAR] / Math.max(gram[LINEAR][LINEAR], TINY);
    return [
      ...ridge(gram, features, LOOSE, whole),
      ...ridge(gram, features, CLOSE, whole),
      ...start[b],
      ...simple[b],
      ...whole,
      noise,
      Math.min(Math.max(slope, -1), 2),
      Math.min(gram[LINEAR][LINEAR] / power, 2),
      1,
      m,
      m ** 2,
      m * noise,
    ];
  });
  return { inputs, start, simple: simple.map((row) => features.map((_, i) => row[i] ?? 0)) };
}

/**
 * Weights, of sum 1, of linear interpolation, its 4-neighbour mean, cubic interpolation and its
 * mean, which serve the known gaps best; pulled to linear interpolation, and this where there are
 * none.
 */
export function adaptiveWeights(gaps: readonly Pick<GapGram, "errors">[]): number[] {
  if (gaps.length === 0) return SIMPLE_ERRORS.map((_, i) => i === 0 ? 1 : 0);
  return adaptive(meanOf(gaps.map((gap) => gap.errors)), SIMPLE_ERRORS);
}

function startWithNetwork(errors: Matrix): number[][] {
  const [net, netMean, linear, linearMean, cubic, cubicMean] = adaptive(errors, NETWORK_ERRORS);
  return NEIGHBOUR_GAIN.map((m) => {
    const [n, l, c] = [net + netMean * m, linear + linearMean * m, cubic + cubicMean * m];
    return [n + l + c, c, n];
  });
}

/** Least squares of errors under the constraint that the weights' sum is 1, pulled to the first. */
function adaptive(errors: Matrix, places: readonly number[]): number[] {
  const products = select(errors, places);
  const count = places.length;
  const pull = ADAPTIVE * sum(products.map((row, i) => row[i])) / count;
  // Tiny beside any pull but that of a stack without error.
  const ridged = products.map((row, i) =>
    row.map((value, j) => i === j ? value + pull + 1e-14 : value)
  );
  const free = solve(ridged, places.map((_, i) => i === 0 ? pull : 0));
  const along = solve(ridged, places.map(() => 1));
  const missing = (1 - sum(free)) / sum(along);
  return free.map((weight, i) => weight + missing * along[i]);
}

/**
 * Least squares in one band, pulled to `prior`: each feature in shares of its own power, linear
 * interpolation in shares of its error (a common ridge ruins stacks that are smooth along z).
 */
function ridge(
  gram: Matrix,
  features: readonly number[],
  strength: number,
  prior: readonly number[],
): number[] {
  const pulls = features.map((feature) => {
    const power = feature === LINEAR ? Math.max(linearError(gram), 1e-15) : gram[feature][feature];
    return strength * power + TINY;
  });
  const products = select(gram, features).map((row, i) =>
    row.map((value, j) => i === j ? value + pulls[i] : value)
  );
  const weights = solve(products, features.map((f, i) => gram[f][TARGET] + pulls[i] * prior[i]));
  return weights.map((weight) => Math.min(Math.max(weight, -LARGEST_WEIGHT), LARGEST_WEIGHT));
}

/** The bands with nothing in place of features that are rounding. */
function withoutRounding(bands: readonly Matrix[]): readonly Matrix[] {
  const powers = bands[0].map((_, i) => sum(bands.map((gram) => gram[i][i])));
  const real = powers.map((power) => power > ROUNDING * powers[TARGET]);
  return bands.map((gram) => gram.map((row, i) => row.map((x, j) => real[i] && real[j] ? x : 0)));
}

/** The squared error of linear interpolation. */
function linearError(gram: Matrix): number {
  return gram[TARGET][TARGET] - 2 * gram[TARGET][LINEAR] + gram[LINEAR][LINEAR];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The squared error of a gap's slice made with these weights [band][feature]. */
export function errorOf(weights: Matrix, bands: readonly Matrix[]): number {
  return sum(bands.map((gram, b) => {
    const shares = [-1, ...weights[b]];
    return dot(shares, gram.map((row) => dot(row, shares)));
  }));
}
