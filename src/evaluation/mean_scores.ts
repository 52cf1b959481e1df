import type { Method, StackEvaluation } from "./evaluate.ts";
import { type Metric, METRICS } from "./score_card.ts";

/** A mean and how sure it is. */
export interface Estimate {
  readonly mean: number;
  /** The 95 % interval is mean - margin .. mean + margin; NaN for a single value. */
  readonly margin: number;
}

/** The mean of each metric over stacks, each stack counting once. */
export type Summary = Readonly<Record<Method, Readonly<Record<Metric, Estimate>>>>;

/** The methods that were scored on every stack, in the order of a table. */
export function commonMethods(evaluations: readonly StackEvaluation[]): Method[] {
  const [first, ...others] = evaluations;
  return Object.keys(first.scores).filter((method) =>
    others.every(({ scores }) => method in scores)
  );
}

/** Means over stacks with their 95 % intervals; a stack that a metric has no value of is left out. */
export function summarize(evaluations: readonly StackEvaluation[]): Summary {
  const entries = commonMethods(evaluations).map((method) => {
    const metrics = METRICS.map((metric) => [
      metric,
      estimate(evaluations.map(({ scores }) => scores[method][metric])),
    ]);
    return [method, Object.fromEntries(metrics)];
  });
  return Object.fromEntries(entries);
}

/**
 * PSNR of the network above the better of linear and cubic interpolation, in dB; NaN where either
 * makes no error.
 */
export function gain({ scores }: StackEvaluation): number {
  const above = scores.network.psnr - Math.max(scores.linear.psnr, scores.cubic.psnr);
  return Number.isFinite(above) ? above : NaN;
}

/** Mean and 95 % interval of the finite ones of values from a normal distribution (Student's t). */
export function estimate(all: readonly number[]): Estimate {
  const values = all.filter(Number.isFinite);
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  if (n < 2) return { mean, margin: NaN };
  return { mean, margin: studentQuantile(n - 1) * Math.sqrt(squares / (n - 1) / n) };
}

/** The t that |T| stays below with probability 0.95, for whole degrees of freedom. */
export function studentQuantile(degrees: number): number {
  let low = 0;
  let high = 16;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (studentProbability(middle, degrees) < 0.95) low = middle;
    else high = middle;
  }
  return low;
}

/** P(|T| < t): the finite series of Abramowitz and Stegun, 26.7.3 and 26.7.4. */
function studentProbability(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const square = Math.cos(angle) ** 2;
  const odd = degrees % 2 === 1;
  let term = odd ? Math.cos(angle) : 1;
  let sum = degrees > 1 ? term : 0;
  for (let k = odd ? 3 : 2; k < degrees; k += 2) {
    term *= square * (k - 1) / k;
    sum += term;
  }
  const series = Math.sin(angle) * sum;
  return odd ? 2 / Math.PI * (angle + series) : series;
}
