import { ScoreCard, type Scores } from "../evaluation/score_card.ts";
import type { TrainingData, ValidationTriplet } from "./dataset.ts";

/** Validation sees at most this many triplets, spread evenly, so that an epoch does not wait long. */
const MOST_TRIPLETS = 24;
/** Of larger slices the middle is taken, for the same reason and to fit into the memory. */
const MOST_SIDE = 1024;

/** The held-out triplets that are scored. */
export function chooseTriplets({ validation }: TrainingData): ValidationTriplet[] {
  const count = Math.min(MOST_TRIPLETS, validation.length);
  return Array.from(
    { length: count },
    (_, i) => validation[Math.floor(i * validation.length / count)],
  );
}

/** Scores of a method over slices, whose widths may differ: a card is bound to one. */
export class Pool {
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
export function sliceReader(data: TrainingData, { series }: ValidationTriplet) {
  const { y, x } = series.stack.reader.info.sizes;
  const [height, width] = [Math.min(y, MOST_SIDE), Math.min(x, MOST_SIDE)];
  const cut = { x: (x - width) >> 1, y: (y - height) >> 1, height, width };
  const slice = async (z: number) => {
    const inside = Math.min(Math.max(z, series.first), series.end - 1);
    return middleOf(await data.slice(series, inside), x, cut);
  };
  return { slice, height, width };
}

/** A triplet's slices, the middle of large ones. */
export async function slicesOf(data: TrainingData, item: ValidationTriplet) {
  const { before, middle, after } = item.triplet;
  const { slice, height, width } = sliceReader(data, item);
  return {
    height,
    width,
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

/** What {@link slicesOf} answers. */
export type Slices = Awaited<ReturnType<typeof slicesOf>>;

/** Normalised values as grey levels. */
export function grey(values: ArrayLike<number>): Float64Array {
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
