import { noGrad } from "../autograd/op.ts";
import { scope } from "../autograd/scope.ts";
import { Tensor } from "../autograd/tensor.ts";
import { interpolateBaseline } from "../evaluation/baselines.ts";
import { ScoreCard, type Scores } from "../evaluation/score_card.ts";
import { crop, paddedSide, reflectPad } from "../stack/resizer.ts";
import type { TrainingData, ValidationTriplet } from "./dataset.ts";
import type { Series } from "./split.ts";
import type { Trainer } from "./trainer.ts";

/** Scores of the held-out slices by method, in grey levels of 255. */
export type ValidationScores = Readonly<Record<"network" | "linear" | "cubic", Scores>>;

/** One held-out slice with its prediction, for a picture; normalised values, row-major. */
export interface ValidationSample {
  readonly height: number;
  readonly width: number;
  readonly before: Float32Array;
  readonly predicted: Float32Array;
  readonly truth: Float32Array;
  /** Middle rows of this and other held-out slices of the same series, by z. */
  readonly rows: readonly ValidationRow[];
  /** Distance of slices in pixels. */
  readonly zStep: number;
}

/** The middle row of a held-out slice. */
export interface ValidationRow {
  readonly z: number;
  readonly before: Float32Array;
  readonly predicted: Float32Array;
  readonly truth: Float32Array;
}

/** What a validation found. */
export interface Validation {
  readonly scores: ValidationScores;
  readonly sample: ValidationSample;
}

/** Validation sees at most so many triplets, spread evenly, so that an epoch does not wait long. */
const MOST_TRIPLETS = 24;
/** Of larger slices the middle is taken, for the same reason and to fit into the memory. */
const MOST_SIDE = 1024;

/** Predicts held-out slices as `predict` would and scores them beside linear and cubic. */
export async function validate(
  trainer: Trainer,
  data: TrainingData,
): Promise<Validation | undefined> {
  const { validation } = data;
  const count = Math.min(MOST_TRIPLETS, validation.length);
  if (count === 0) return undefined;
  const chosen = Array.from(
    { length: count },
    (_, i) => validation[Math.floor(i * validation.length / count)],
  );
  // Slices of different stacks differ in width, which a card is bound to.
  const cards = new Map<number, Record<keyof ValidationScores, ScoreCard>>();
  const first = chosen[0].series;
  const rows = new Map<number, ValidationRow>();
  let sample: Omit<ValidationSample, "rows" | "zStep"> | undefined;
  for (const item of chosen) {
    const slices = await slicesOf(data, item);
    const predicted = await predict(trainer, slices, item.triplet.dpm);
    const around = [slices.beyondBefore, slices.before, slices.after, slices.beyondAfter];
    const position = 1 + item.triplet.dpm;
    const answers = {
      network: grey(predicted),
      linear: grey(interpolateBaseline("linear", around, position)),
      cubic: grey(interpolateBaseline("cubic", around, position, [0, 1])),
    };
    const { width } = slices;
    const card = cards.get(width) ?? {
      ...{ network: new ScoreCard(width), linear: new ScoreCard(width) },
      cubic: new ScoreCard(width),
    };
    cards.set(width, card);
    for (const [method, answer] of Object.entries(answers)) {
      const own = card[method as keyof ValidationScores];
      own.startFrame();
      own.addGenerated(0, answer, grey(slices.truth));
    }
    sample ??= { ...slices, predicted };
    if (item.series === first) rows.set(item.triplet.middle, rowsOf(item, slices, predicted));
  }
  const all = [...cards.values()];
  const scores = (method: keyof ValidationScores) => meanScores(all.map((c) => c[method].scores));
  return {
    scores: { network: scores("network"), linear: scores("linear"), cubic: scores("cubic") },
    sample: { ...sample!, rows: [...rows.values()].sort((a, b) => a.z - b.z), zStep: zStep(first) },
  };
}

async function slicesOf(data: TrainingData, { series, triplet }: ValidationTriplet) {
  const { before, middle, after } = triplet;
  const clamped = (z: number) => Math.min(Math.max(z, series.first), series.end - 1);
  const { y, x } = series.stack.reader.info.sizes;
  const [height, width] = [Math.min(y, MOST_SIDE), Math.min(x, MOST_SIDE)];
  const cut = { x: (x - width) >> 1, y: (y - height) >> 1, height, width };
  const slice = async (z: number) => middleOf(await data.slice(series, z), x, cut);
  return {
    ...{ height, width },
    beyondBefore: await slice(clamped(2 * before - after)),
    before: await slice(before),
    truth: await slice(middle),
    after: await slice(after),
    beyondAfter: await slice(clamped(2 * after - before)),
  };
}

function middleOf(
  slice: Float32Array<ArrayBuffer>,
  stride: number,
  { x, y, height, width }: { x: number; y: number; height: number; width: number },
): Float32Array<ArrayBuffer> {
  const middle = new Float32Array(height * width);
  for (let row = 0; row < height; row++) {
    const start = (y + row) * stride + x;
    middle.set(slice.subarray(start, start + width), row * width);
  }
  return middle;
}

function rowsOf({ triplet }: ValidationTriplet, slices: Slices, predicted: Float32Array) {
  const { height, width, before, truth } = slices;
  const start = (height >> 1) * width;
  const row = (plane: Float32Array) => plane.slice(start, start + width);
  return {
    z: triplet.middle,
    ...{ before: row(before), predicted: row(predicted), truth: row(truth) },
  };
}

function zStep({ stack }: Series): number {
  const { x, z } = stack.reader.info.voxelSize;
  return x && z ? z / x : 1;
}

type Slices = Awaited<ReturnType<typeof slicesOf>>;

async function predict(
  { device, network }: Trainer,
  { height, width, before, after }: Slices,
  distance: number,
): Promise<Float32Array<ArrayBuffer>> {
  const shape = [1, 1, paddedSide(height), paddedSide(width)] as const;
  const answer = scope(() => {
    const plane = (slice: Float32Array<ArrayBuffer>) =>
      Tensor.from(device, shape, reflectPad(slice, height, width));
    const dpm = Tensor.from(device, [1, 1, 1, 1], [distance]);
    return noGrad(() => network.predict({ before: plane(before), after: plane(after), dpm }));
  });
  const reading = answer.read();
  answer.dispose();
  return crop(await reading, height, width);
}

function grey(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values, (value) => value * 255);
}

/** The mean over stacks of equal width; PSNR comes from the pooled error of each. */
function meanScores(all: readonly Scores[]): Scores {
  const names = Object.keys(all[0]) as (keyof Scores)[];
  const mean = (name: keyof Scores) => all.reduce((sum, s) => sum + s[name], 0) / all.length;
  return Object.fromEntries(names.map((name) => [name, mean(name)])) as Scores;
}
