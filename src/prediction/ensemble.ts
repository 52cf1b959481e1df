import { toSamples } from "../stack/normalizer.ts";
import { remembering, unrounded } from "../stack/reader_views.ts";
import type { StackInfo, StackReader } from "../stack/stack.ts";
import { hostBytesOf } from "./host_memory.ts";
import type { SliceInterpolator, SliceRequest } from "./interpolator.ts";
import {
  CALLS_PER_DEVICE,
  planPrediction,
  type PredictionOptions,
  type PredictionPlan,
} from "./plan.ts";
import { type PredictedSlice, predictSlices, type PredictSlicesOptions } from "./predict.ts";

/** How a member of the ensemble turns what the network sees; its answers are turned back. */
interface Turn {
  readonly flipX: boolean;
  readonly flipY: boolean;
  /** Asks for the slice from the other side: after before before, at 1 - dpm. */
  readonly swap: boolean;
}

const BOTH = [false, true];
const TURNS: readonly Turn[] = BOTH.flatMap((swap) =>
  BOTH.flatMap((flipY) => BOTH.map((flipX) => ({ flipX, flipY, swap })))
);

/** Predictions that an ensemble averages: flips along x and y, and the order of the slices. */
export const ENSEMBLE_MEMBERS = TURNS.length;

/** A slice of an ensemble. */
export interface EnsembleSlice extends PredictedSlice {
  /** Standard deviation of the members [height][width], in the stack's units; 0 in originals. */
  readonly spread: Float32Array<ArrayBuffer>;
}

/**
 * Plans a prediction by an ensemble: {@link ENSEMBLE_MEMBERS} times the work, in batches as much
 * smaller, since all members are under way at once.
 */
export function planEnsemble(
  info: StackInfo,
  interpolator: SliceInterpolator,
  options: PredictionOptions = {},
): PredictionPlan {
  const { batchSize: most } = planPrediction(info, interpolator, options);
  const batchSize = Math.max(1, Math.floor(most / ENSEMBLE_MEMBERS));
  const plan = planPrediction(info, interpolator, { ...options, batchSize });
  // Each member has its own queue.
  const calls = Math.max(CALLS_PER_DEVICE, Math.ceil(plan.calls / ENSEMBLE_MEMBERS));
  const own = {
    ...plan,
    calls,
    mostWaiting: plan.mostWaiting * calls / plan.calls,
    calibrates: plan.calibrationGaps !== undefined,
  };
  return {
    ...plan,
    calls,
    mostWaiting: own.mostWaiting,
    // All members hold planes at once, in float32.
    hostBytes: hostBytesOf({ ...info, sampleType: "float32" }, own, ENSEMBLE_MEMBERS),
    tilePasses: plan.tilePasses * ENSEMBLE_MEMBERS,
    interpolations: plan.interpolations * ENSEMBLE_MEMBERS,
    metadata: { ...plan.metadata, ensemble: `${ENSEMBLE_MEMBERS} (flips, order of slices)` },
  };
}

/**
 * Predicts as {@link predictSlices}, but each slice is the mean of an ensemble of turned
 * predictions, and comes with their spread. Every member predicts the stack on its own, doublings
 * and tiles included; only samples of the output are averaged.
 */
export async function* predictEnsemble(
  reader: StackReader,
  interpolator: SliceInterpolator,
  plan: PredictionPlan,
  options: PredictSlicesOptions,
): AsyncGenerator<EnsembleSlice> {
  const { sampleType, sizes } = reader.info;
  // The members read the same slices one after the other.
  const shared = remembering(reader, 4 * sizes.c);
  const members = TURNS.map((turn, i) =>
    predictSlices(unrounded(shared), new TurnedInterpolator(interpolator, turn), plan, {
      ...options,
      // The members keep step, so the last one's progress is that of all.
      onProgress: i === TURNS.length - 1 ? options.onProgress : undefined,
    })
  );
  try {
    for (;;) {
      const steps = await Promise.all(members.map((member) => member.next()));
      const slices = steps.map(({ value }) => value as PredictedSlice | undefined);
      const [first] = slices;
      if (!first) return;
      const { t, c, z, original } = first;
      const planned = plan.slices[z];
      if ("original" in planned) {
        const slice = await shared.readSlice(t, c, planned.original);
        yield { t, c, z, original, slice, spread: new Float32Array(slice.length) };
      } else {
        const samples = slices.map((member) => member!.slice);
        const { mean, spread } = meanAndSpread(samples);
        yield { t, c, z, original, slice: toSamples(mean, sampleType), spread };
      }
    }
  } finally {
    await Promise.all(members.map((member) => member.return(undefined)));
  }
}

/** Turns what it is asked, asks the network, and turns the answers back. */
class TurnedInterpolator implements SliceInterpolator {
  readonly anyDistance: boolean;
  readonly calls?: number;
  readonly memoryLimit: number;
  readonly #network: SliceInterpolator;
  readonly #turn: Turn;

  constructor(network: SliceInterpolator, turn: Turn) {
    this.#network = network;
    this.#turn = turn;
    this.anyDistance = network.anyDistance;
    this.calls = network.calls;
    this.memoryLimit = network.memoryLimit;
  }

  peakBytes(batch: number, height: number, width: number): number {
    return this.#network.peakBytes(batch, height, width);
  }

  fits(batch: number, height: number, width: number): boolean {
    return this.#network.fits(batch, height, width);
  }

  async interpolate(
    requests: readonly SliceRequest[],
    height: number,
    width: number,
  ): Promise<Float32Array<ArrayBuffer>[]> {
    const turn = this.#turn;
    const network = this.#network;
    const turned = requests.map(({ before, after, dpm }) => {
      const [first, second] = [flip(before, width, turn), flip(after, width, turn)];
      return turn.swap
        ? { before: second, after: first, dpm: 1 - dpm }
        : { before: first, after: second, dpm };
    });
    const answers = await network.interpolate(turned, height, width);
    return answers.map((answer) => flip(answer, width, turn));
  }
}

/** Mirrors a plane along x, y or both; doing it twice undoes it. */
function flip(
  plane: Float32Array<ArrayBuffer>,
  width: number,
  { flipX, flipY }: Turn,
): Float32Array<ArrayBuffer> {
  // Backwards from the last sample, a plane is mirrored along both.
  if (flipX && flipY) return plane.toReversed();
  if (!flipX && !flipY) return plane;
  const mirrored = new Float32Array(plane.length);
  for (let row = 0; row < plane.length; row += width) {
    const line = plane.subarray(row, row + width);
    if (flipX) mirrored.set(line.toReversed(), row);
    else mirrored.set(line, plane.length - width - row);
  }
  return mirrored;
}

/** Sample by sample; of the whole ensemble, so the variance is divided by its size. */
function meanAndSpread(members: readonly ArrayLike<number>[]) {
  const [{ length }] = members;
  const mean = new Float32Array(length);
  const spread = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    let sum = 0;
    for (const member of members) sum += member[i];
    const middle = sum / members.length;
    let squares = 0;
    for (const member of members) squares += (member[i] - middle) ** 2;
    mean[i] = middle;
    spread[i] = Math.sqrt(squares / members.length);
  }
  return { mean, spread };
}
