import { noGrad } from "../autograd/op.ts";
import { scope } from "../autograd/scope.ts";
import { Tensor } from "../autograd/tensor.ts";
import { interpolateBaseline } from "../evaluation/baselines.ts";
import { ScoreCard, type Scores } from "../evaluation/score_card.ts";
import type { Device } from "../gpu/device.ts";
import { crop, paddedSide, reflectPad } from "../stack/resizer.ts";
import type { Generator } from "../zaugnet/generator.ts";
import type { TrainingData, ValidationTriplet } from "./dataset.ts";
import type { Series } from "./split.ts";

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

/** A network in training, on its device. */
export interface TrainedNetwork {
  readonly device: Device;
  readonly network: Generator;
}

/** What a validation found. */
export interface Validation {
  readonly scores: ValidationScores;
  readonly sample: ValidationSample;
}

/** Validation sees at most this many triplets, spread evenly, so that an epoch does not wait long. */
const MOST_TRIPLETS = 24;
/** Of larger slices the middle is taken, for the same reason and to fit into the memory. */
const MOST_SIDE = 1024;

/** Predicts held-out slices as `predict` would and scores them beside linear and cubic. */
export async function validate(
  trained: TrainedNetwork,
  data: TrainingData,
): Promise<Validation | undefined> {
  const chosen = chooseTriplets(data);
  if (chosen.length === 0) return undefined;
  const network = new Pool();
  const first = chosen[0].series;
  const rows = new Map<number, ValidationRow>();
  let sample: Omit<ValidationSample, "rows" | "zStep"> | undefined;
  for await (const { item, slices, predicted } of predictions(trained, data, chosen)) {
    network.add(slices.width, grey(predicted), grey(slices.truth));
    sample ??= { ...slices, predicted };
    if (item.series === first) rows.set(item.triplet.middle, rowsOf(item, slices, predicted));
  }
  return {
    scores: { network: network.scores, ...await interpolationScores(data) },
    sample: { ...sample!, rows: [...rows.values()].sort((a, b) => a.z - b.z), zStep: zStep(first) },
  };
}

function chooseTriplets({ validation }: TrainingData): ValidationTriplet[] {
  const count = Math.min(MOST_TRIPLETS, validation.length);
  return Array.from(
    { length: count },
    (_, i) => validation[Math.floor(i * validation.length / count)],
  );
}

interface Prediction {
  readonly item: ValidationTriplet;
  readonly slices: Slices;
  readonly predicted: Float32Array<ArrayBuffer>;
}

/** Predicts the next triplet while the caller looks at one. */
async function* predictions(
  trained: TrainedNetwork,
  data: TrainingData,
  chosen: readonly ValidationTriplet[],
): AsyncGenerator<Prediction> {
  const start = (item: ValidationTriplet) => {
    const prediction = (async () => {
      const slices = await slicesOf(data, item);
      return { item, slices, predicted: await predict(trained, slices, item.triplet.dpm) };
    })();
    // It is awaited when it is its turn, but may fail before: then it must not count as unhandled.
    prediction.catch(() => {});
    return prediction;
  };
  let next = start(chosen[0]);
  for (let i = 1; i <= chosen.length; i++) {
    const current = next;
    if (i < chosen.length) next = start(chosen[i]);
    yield await current;
  }
}

type InterpolationScores = Omit<ValidationScores, "network">;
const known = new WeakMap<TrainingData, Promise<InterpolationScores>>();

/** The scores of what no training changes: computed once. */
function interpolationScores(data: TrainingData): Promise<InterpolationScores> {
  const scores = known.get(data) ?? scoreInterpolations(data);
  known.set(data, scores);
  return scores;
}

async function scoreInterpolations(data: TrainingData): Promise<InterpolationScores> {
  const [linear, cubic] = [new Pool(), new Pool()];
  for (const item of chooseTriplets(data)) {
    const { before, after, dpm } = item.triplet;
    const { width, truth, ...inner } = await slicesOf(data, item);
    const beyond = sliceReader(data, item);
    const around = [
      await beyond(2 * before - after),
      inner.before,
      inner.after,
      await beyond(2 * after - before),
    ];
    const answer = (method: "linear" | "cubic", range?: [number, number]) =>
      grey(interpolateBaseline(method, around, 1 + dpm, range));
    linear.add(width, answer("linear"), grey(truth));
    cubic.add(width, answer("cubic", [0, 1]), grey(truth));
  }
  return { linear: linear.scores, cubic: cubic.scores };
}

/** Scores of a method over slices, whose widths may differ: a card is bound to one. */
class Pool {
  readonly #cards = new Map<number, ScoreCard>();

  add(width: number, answer: Float64Array, truth: Float64Array): void {
    const card = this.#cards.get(width) ?? new ScoreCard(width);
    this.#cards.set(width, card);
    card.startFrame();
    card.addGenerated(0, answer, truth);
  }

  get scores(): Scores {
    return meanScores([...this.#cards.values()].map(({ scores }) => scores));
  }
}

/** Reads the middle of any slice of a triplet's series; the first and the last go on for ever. */
function sliceReader(data: TrainingData, { series }: ValidationTriplet) {
  const { y, x } = series.stack.reader.info.sizes;
  const [height, width] = [Math.min(y, MOST_SIDE), Math.min(x, MOST_SIDE)];
  const cut = { x: (x - width) >> 1, y: (y - height) >> 1, height, width };
  return async (z: number) => {
    const inside = Math.min(Math.max(z, series.first), series.end - 1);
    return middleOf(await data.slice(series, inside), x, cut);
  };
}

async function slicesOf(data: TrainingData, item: ValidationTriplet) {
  const { before, middle, after } = item.triplet;
  const slice = sliceReader(data, item);
  const { y, x } = item.series.stack.reader.info.sizes;
  return {
    height: Math.min(y, MOST_SIDE),
    width: Math.min(x, MOST_SIDE),
    before: await slice(before),
    truth: await slice(middle),
    after: await slice(after),
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
    before: row(before),
    predicted: row(predicted),
    truth: row(truth),
  };
}

function zStep({ stack }: Series): number {
  const { x, z } = stack.reader.info.voxelSize;
  return x && z ? z / x : 1;
}

type Slices = Awaited<ReturnType<typeof slicesOf>>;

async function predict(
  { device, network }: TrainedNetwork,
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
  const levels = new Float64Array(values.length);
  for (let i = 0; i < levels.length; i++) levels[i] = values[i] * 255;
  return levels;
}

/** The mean over stacks of equal width; PSNR comes from the pooled error of each. */
function meanScores(all: readonly Scores[]): Scores {
  const names = Object.keys(all[0]) as (keyof Scores)[];
  const mean = (name: keyof Scores) => all.reduce((sum, s) => sum + s[name], 0) / all.length;
  return Object.fromEntries(names.map((name) => [name, mean(name)])) as Scores;
}
