import { InputError } from "../errors.ts";
import { option, phrase } from "../message.ts";
import { paddedSide, SIDE_MULTIPLE } from "../stack/resizer.ts";
import type { SliceInterpolator } from "./interpolator.ts";
import { balancedLength, DEFAULT_OVERLAP, smallestTile } from "./tiles.ts";

/**
 * Bytes of float planes that a prediction holds on the host for each device that has two batches
 * under way; one that has more holds as much more.
 */
export const HOST_BUDGET = 256 * 2 ** 20;

/** What tells how much fits an adapter. */
export type Room = Pick<SliceInterpolator, "fits" | "memoryLimit">;

/** The sides of a tile or a plane. */
export interface Sides {
  readonly height: number;
  readonly width: number;
}

/**
 * The tile for a plane of height x width: the whole padded plane where it fits the adapter, else
 * the largest square that fits, made smaller where as many smaller ones do. `requested` is the
 * user's tile side. Throws an InputError where it is not a multiple of 16, smaller than
 * 2 * overlap + 16, or too large for the adapter.
 */
export function chooseTile(
  interpolator: Room,
  height: number,
  width: number,
  requested?: number,
  overlap = DEFAULT_OVERLAP,
): Sides {
  const plane = { height: paddedSide(height), width: paddedSide(width) };
  const least = smallestTile(overlap);
  const square = (side: number): Sides => ({
    height: Math.min(side, plane.height),
    width: Math.min(side, plane.width),
  });
  const fits = (tile: Sides) => interpolator.fits(1, tile.height, tile.width);

  if (!isMultiple(overlap) || overlap < 0) {
    throw new InputError(phrase`${option("overlap")} must be a multiple of 16, not ${overlap}.`);
  }
  if (requested !== undefined && (!isMultiple(requested) || requested < least)) {
    throw new InputError(
      phrase`${option("tile")} must be a multiple of 16 and at least ${least} (tiles overlap by
        ${overlap}), not ${requested}.`,
    );
  }
  if (requested !== undefined && fits(square(requested))) return square(requested);
  if (requested === undefined && fits(plane)) return plane;

  const longest = Math.max(plane.height, plane.width);
  const steps = largest(longest / SIDE_MULTIPLE, (n) => fits(square(n * SIDE_MULTIPLE)));
  const side = steps * SIDE_MULTIPLE;
  if (requested !== undefined && side >= least) {
    throw new InputError(
      phrase`A tile of ${requested} x ${requested} does not fit the adapter's memory;
        ${option("tile", side)} is the largest that does.`,
    );
  }
  if (side < least) {
    throw new InputError(
      `The adapter's memory (${gibibytes(interpolator.memoryLimit)}) does not hold even a tile ` +
        `of ${least} x ${least}; choose another adapter.`,
    );
  }
  return {
    height: balancedLength(plane.height, Math.min(side, plane.height), overlap),
    width: balancedLength(plane.width, Math.min(side, plane.width), overlap),
  };
}

/**
 * How many tiles go into one interpolation: as many as fit the adapter and, with `calls` of them
 * under way or in preparation at once, the host's budget; never more than `most`.
 */
export function chooseBatch(
  interpolator: Room,
  tile: Sides,
  calls: number,
  most: number,
): number {
  const bytes = 4 * tile.height * tile.width;
  const planesOfRequest = 3;
  const held = Math.floor(HOST_BUDGET / (calls * planesOfRequest * bytes));
  return Math.max(1, largestBatch(interpolator, tile, Math.min(held, most)));
}

/** How many planes fit the adapter at once, at most `most`; 0 where not even one does. */
export function largestBatch(
  interpolator: Room,
  { height, width }: Sides,
  most: number,
): number {
  return largest(most, (batch) => interpolator.fits(batch, height, width));
}

/** The largest whole number up to `most` that fits, where all smaller ones do too; 0 if none. */
function largest(most: number, fits: (n: number) => boolean): number {
  let good = 0;
  let bad = most + 1;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (fits(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

function isMultiple(value: number): boolean {
  return Number.isInteger(value / SIDE_MULTIPLE);
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
