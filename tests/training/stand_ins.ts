import { Normalizer } from "../../src/stack/normalizer.ts";
import type { StackInfo } from "../../src/stack/stack.ts";
import { TrainingData, type TrainingDataOptions } from "../../src/training/dataset.ts";
import type { TrainingStack } from "../../src/training/stacks.ts";
import { FakeReader, stackInfo } from "../prediction/stand_ins.ts";

/** A stack with its reads on record. */
export interface FakeStack extends TrainingStack {
  readonly reader: FakeReader;
}

/** Samples in 0..255 that tell the slice, and vary within it as neighbouring slices do. */
export const told = (t: number, c: number, z: number, i: number) =>
  40 * c + 20 * t + 2 * z + (i % 16) * 8;

/** A stack of 16 x 16 samples unless told otherwise; sizes in the order t, c, z, y, x. */
export function fakeStack(
  sizes: readonly [number, number, number, number, number],
  options: {
    name?: string;
    sample?: (t: number, c: number, z: number, i: number) => number;
    positions?: readonly number[];
    info?: Partial<StackInfo>;
  } = {},
): FakeStack {
  const reader = new FakeReader(stackInfo(sizes, options.info), options.sample ?? told);
  if (options.name) Object.assign(reader, { name: options.name });
  const normalizer = new Normalizer("dtype", { low: 0, high: 255 });
  return { reader, normalizer, positions: options.positions };
}

/** Opens stacks with patches of 16 and batches of 4, and nothing augmented. */
export function openData(
  stacks: readonly TrainingStack[],
  options: Partial<TrainingDataOptions> = {},
): Promise<TrainingData> {
  return TrainingData.open(stacks, {
    variant: "zaugnet",
    batchSize: 4,
    patchSize: 16,
    augmentations: [],
    ...options,
  });
}
