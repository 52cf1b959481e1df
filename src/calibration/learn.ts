import { BANDS } from "./bands.ts";
import { type GapGram, LINEAR, TARGET } from "./grams.ts";
import { calibratedWeights, type CalibrationMap } from "./map.ts";
import { dot, type Matrix, select, solve } from "./solve.ts";
import { adaptiveWeights, errorOf, featuresOf, statisticsOf } from "./statistics.ts";

/** A stack of which slices were dropped, so that what serves its gaps is known. */
export interface LearningStack {
  readonly name: string;
  /** Stacks of one group (a repository, a folder) are alike: they are held back together. */
  readonly group: string;
  /** Gaps among the kept slices, twice as wide as the real ones: what a user's stack has, too. */
  readonly wide: readonly GapGram[];
  /** The real gaps, whose slices were dropped. */
  readonly near: readonly GapGram[];
}

/** Keeps the map small: of its squared entries, beside relative errors of about 1. */
const RIDGE = 0.003;

/** A mean squared error, 120 dB below the range: no stack is scored more finely. */
const EXACT = 1e-12;

/**
 * The map that lowers the mean, over the stacks, of their error relative to that of the weights
 * without it: least squares in closed form (stacked regression, corrected for gaps of half the
 * width). Throws a RangeError where no stack has something to learn from.
 */
export function learnMap(stacks: readonly LearningStack[], ridge = RIDGE): CalibrationMap {
  const lessons = stacks
    .filter(teaches)
    .map(({ wide, near }) => lessonOf(wide, near));
  if (lessons.length === 0) throw new RangeError("No stack has gaps to learn a map from");
  return {
    corrections: learnCorrections(lessons, ridge),
    typical: learnTypical(lessons, ridge),
  };
}

/** Whether a stack has gaps to fit weights on, and a real gap that linear interpolation misses. */
export function teaches({ wide, near }: LearningStack): boolean {
  return wide.length > 0 && near.some(({ errors }) => errors[0][0] > EXACT);
}

interface Lesson {
  readonly inputs: Matrix;
  readonly start: Matrix;
  /** [band]: products of the near gaps, a mean per pixel. */
  readonly bands: readonly Matrix[];
  /** The error of the weights without a map. */
  readonly scale: number;
}

function lessonOf(wide: readonly GapGram[], near: readonly GapGram[]): Lesson {
  const { inputs, start } = statisticsOf(wide);
  const bands = perPixel(near);
  return { inputs, start, bands, scale: errorOf(start, bands) };
}

/** The gaps' products in each band, a mean per pixel over all of them. */
function perPixel(gaps: readonly GapGram[]): number[][][] {
  return Array.from(
    { length: BANDS },
    (_, b) =>
      gaps[0].bands[b].map((row, i) =>
        row.map((_, j) =>
          gaps.reduce((sum, gap) => sum + gap.bands[b][i][j] / gap.pixels, 0) / gaps.length
        )
      ),
  );
}

/** Normal equations of all features' inputs together, feature by feature. */
function learnCorrections(lessons: readonly Lesson[], ridge: number): number[][] {
  const inputCount = lessons[0].inputs[0].length;
  const features = placesOf(lessons[0].bands[0]);
  const size = features.length * inputCount;
  const left = Array.from({ length: size }, (_, i) => {
    const row = new Array<number>(size).fill(0);
    row[i] = ridge;
    return row;
  });
  const right = new Array<number>(size).fill(0);
  for (const { inputs, start, bands, scale } of lessons) {
    const share = 1 / (scale * lessons.length);
    bands.forEach((gram, b) => {
      const products = select(gram, features);
      const x = inputs[b];
      for (let f = 0; f < features.length; f++) {
        const missing = share * (gram[features[f]][TARGET] - dot(products[f], start[b]));
        for (let i = 0; i < inputCount; i++) {
          const row = left[f * inputCount + i];
          right[f * inputCount + i] += missing * x[i];
          for (let g = 0; g < features.length; g++) {
            const product = share * products[f][g] * x[i];
            for (let j = 0; j < inputCount; j++) row[g * inputCount + j] += product * x[j];
          }
        }
      }
    });
  }
  const solution = solve(left, right);
  return features.map((_, f) => solution.slice(f * inputCount, (f + 1) * inputCount));
}

/** Least squares with one set of weights for all stacks; features without power have weight 0. */
function learnTypical(lessons: readonly Lesson[], ridge: number): number[][] {
  const features = placesOf(lessons[0].bands[0]);
  return Array.from({ length: BANDS }, (_, b) => {
    const mean = (i: number, j: number) =>
      lessons.reduce((sum, { bands, scale }) => sum + bands[b][i][j] / scale, 0) / lessons.length;
    const left = features.map((f) =>
      features.map((g) => mean(f, g) * (f === g ? 1 + ridge : 1) + (f === g ? 1e-18 : 0))
    );
    return solve(left, features.map((f) => mean(f, TARGET)));
  });
}

function placesOf(gram: Matrix): number[] {
  return gram.slice(1).map((_, i) => LINEAR + i);
}

/** Gains in PSNR, in dB, over the better of linear and cubic interpolation. */
export interface Gains {
  /** The network alone; undefined without one. */
  readonly network?: number;
  /** Linear and cubic with their 4-neighbour means, in the proportions that suit the stack. */
  readonly adaptive: number;
  readonly calibrated: number;
}

/** What a map gains on a stack's real gaps, each method's error pooled over all of them. */
export function gainsOf(stack: LearningStack, map: CalibrationMap): Gains {
  const { wide, near } = stack;
  const simple = adaptiveWeights(wide);
  const used = simple.map((_, i) => i);
  return {
    network: featuresOf(near) === 3 ? gain(near, ({ errors }) => errors[4][4]) : undefined,
    adaptive: gain(near, ({ errors }) => {
      return dot(simple, select(errors, used).map((row) => dot(simple, row)));
    }),
    calibrated: gainOfWeights(stack, calibratedWeights(wide, map)),
  };
}

/** What weights [band][feature] gain on a stack's real gaps. */
export function gainOfWeights({ near }: LearningStack, weights: Matrix): number {
  return gain(near, ({ bands, pixels }) => errorOf(weights, bands) / pixels);
}

/** A method's gain, given its mean squared error in a gap. */
function gain(gaps: readonly GapGram[], error: (gap: GapGram) => number): number {
  const psnr = (error: (gap: GapGram) => number) =>
    -10 * Math.log10(Math.max(gaps.reduce((sum, gap) => sum + error(gap), 0) / gaps.length, EXACT));
  const linear = psnr(({ errors }) => errors[0][0]);
  const cubic = psnr(({ errors }) => errors[2][2]);
  return psnr(error) - Math.max(linear, cubic);
}

/** Gains of each of `scored`, with a map that was learnt from all stacks but those of its group. */
export function leaveGroupsOut(
  stacks: readonly LearningStack[],
  scored: readonly LearningStack[] = stacks,
): { readonly stack: LearningStack; readonly gains: Gains }[] {
  const groups = new Set(scored.map(({ group }) => group));
  return [...groups].flatMap((group) => {
    const map = learnMap(stacks.filter((stack) => stack.group !== group));
    return scored.filter((stack) => stack.group === group)
      .map((stack) => ({ stack, gains: gainsOf(stack, map) }));
  });
}
