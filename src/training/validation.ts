import { noGrad } from "../autograd/op.ts";
import { scope } from "../autograd/scope.ts";
import { Tensor } from "../autograd/tensor.ts";
import { interpolateBaseline } from "../evaluation/baselines.ts";
import { ScoreCard, type Scores } from "../evaluation/score_card.ts";
import { crop, paddedSide, reflectPad } from "../stack/resizer.ts";
import type { TrainingData, ValidationTriplet } from "./dataset.ts";
import type { Trainer } from "./trainer.ts";

/** Scores of the held-out slices by method, in grey levels of 255. */
export type ValidationScores = Readonly<Record<"network" | "linear" | "cubic", Scores>>;

/** One held-out slice with its prediction, for a picture; normalised values, row-major. */
export interface ValidationSample {
  readonly name: string;
  readonly height: number;
  readonly width: number;
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

/** Predicts held-out slices as `predict` would, whole, and scores them beside linear and cubic. */
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
  let sample: ValidationSample | undefined;
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
  }
  const all = [...cards.values()];
  const scores = (method: keyof ValidationScores) => meanScores(all.map((c) => c[method].scores));
  return {
    scores: { network: scores("network"), linear: scores("linear"), cubic: scores("cubic") },
    sample: sample!,
  };
}

async function slicesOf(data: TrainingData, { series, triplet }: ValidationTriplet) {
  const { before, middle, after } = triplet;
  const clamped = (z: number) => Math.min(Math.max(z, series.first), series.end - 1);
  const { y, x } = series.stack.reader.info.sizes;
  return {
    ...{ name: series.stack.reader.name, height: y, width: x },
    beyondBefore: await data.slice(series, clamped(2 * before - after)),
    before: await data.slice(series, before),
    truth: await data.slice(series, middle),
    after: await data.slice(series, after),
    beyondAfter: await data.slice(series, clamped(2 * after - before)),
  };
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
