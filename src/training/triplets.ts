import { InputError } from "../errors.ts";
import type { StackReader } from "../stack/stack.ts";
import type { Variant } from "../zaugnet/generator.ts";

/** Three slices of one frame and channel, before < middle < after. */
export interface Triplet {
  readonly before: number;
  readonly middle: number;
  readonly after: number;
  /** Where the middle lies between the other two, in 0..1. */
  readonly dpm: number;
}

/** Which triplets {@link tripletsOf} answers. */
export interface TripletOptions {
  readonly variant: Variant;
  /** The most slices from before to after, for ZAugNet+. */
  readonly maxSpan: number;
  /** Slices first .. end - 1 are taken. */
  readonly first: number;
  readonly end: number;
  /** No triplet reaches over the gap between z and z + 1 for a z in here. */
  readonly cuts?: ReadonlySet<number>;
}

/** ZAugNet learns the middle; uneven positions may miss it by this much. */
const MIDDLE_TOLERANCE = 1e-3;

/**
 * The triplets of slices at ascending `positions`: neighbours whose middle lies half-way for
 * ZAugNet, and every i < j < k with k - i <= maxSpan for ZAugNet+ (paper, "Training settings").
 */
export function tripletsOf(positions: readonly number[], options: TripletOptions): Triplet[] {
  const { variant, first, end, cuts } = options;
  const anyDistance = variant === "zaugnet+";
  const span = anyDistance ? options.maxSpan : 2;
  const triplets: Triplet[] = [];
  for (let before = first; before < end; before++) {
    for (let after = before + 1; after < end && after - before <= span; after++) {
      if (cuts?.has(after - 1)) break;
      for (let middle = before + 1; middle < after; middle++) {
        const distance = positions[after] - positions[before];
        const dpm = (positions[middle] - positions[before]) / distance;
        if (!anyDistance && Math.abs(dpm - 0.5) > MIDDLE_TOLERANCE) continue;
        triplets.push({ before, middle, after, dpm });
      }
    }
  }
  return triplets;
}

/**
 * Where the slices of a stack lie: as given, or evenly spaced. Throws an InputError where the
 * positions given are not one ascending number for each slice.
 */
export function slicePositions(
  { name, info }: StackReader,
  positions: readonly number[] | undefined,
): readonly number[] {
  const depth = info.sizes.z;
  if (!positions) return Array.from({ length: depth }, (_, z) => z);
  if (positions.length !== depth) {
    throw new InputError(`${name} has ${depth} slices, and ${positions.length} positions.`);
  }
  const ascending = positions.every((position, z) =>
    Number.isFinite(position) && (z === 0 || position > positions[z - 1])
  );
  if (ascending) return positions;
  throw new InputError(`The positions of ${name} must be numbers in ascending order.`);
}
