import { noGrad } from "../autograd/op.ts";
import { scope } from "../autograd/scope.ts";
import { Tensor } from "../autograd/tensor.ts";
import type { Scores } from "../evaluation/score_card.ts";
import type { Device } from "../gpu/device.ts";
import { crop, paddedSide, reflectPad } from "../stack/resizer.ts";
import type { Generator } from "../zaugnet/generator.ts";
import type { TrainingData, ValidationTriplet } from "./dataset.ts";
import { chooseTriplets, grey, Pool, type Slices, slicesOf } from "./held_out_slices.ts";
import { type InterpolationScores, interpolationScores } from "./interpolation_scores.ts";
import type { Series } from "./split.ts";

/** Scores of the held-out slices by method, in grey levels of 255. */
export type ValidationScores = InterpolationScores & { readonly network: Scores };

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
