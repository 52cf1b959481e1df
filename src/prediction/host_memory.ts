import { SAMPLE_BYTES } from "../stack/samples.ts";
import { pictureChannels, type StackInfo } from "../stack/stack.ts";
import { keepsTiles } from "./refine.ts";
import type { TileGrid } from "./tiles.ts";

/** What a prediction takes however small its stack is: the program, and what is not collected yet. */
const PROGRAM_BYTES = 300e6;

/** What of a prediction's plan decides how much is held at once; see there. */
export interface HeldByPlan {
  readonly grid: TileGrid;
  readonly batchSize: number;
  readonly calls: number;
  readonly doublings: number;
  readonly mostWaiting: number;
  readonly slices: readonly unknown[];
  /** Whether slices are calibrated. */
  readonly calibrates: boolean;
}

/**
 * Bytes of the host's memory that a prediction takes at most, the device's in software left out:
 * two slices of all channels as they were read and one that is being read or written, the planes
 * that are predicted, and the tiles of the batches under way; of `members` predictions of an ensemble
 * at once, each its own. The stack's length is none of it.
 */
export function hostBytesOf(
  info: StackInfo,
  { grid, batchSize, calls, doublings, mostWaiting, slices, calibrates }: HeldByPlan,
  members = 1,
): number {
  const { t, c, y, x } = info.sizes;
  const channels = pictureChannels(info).length;
  const read = c * y * x * SAMPLE_BYTES[info.sampleType];
  const predicted = 4 * channels * grid.height * grid.width;
  const tile = 4 * grid.tileHeight * grid.tileWidth;
  const tiles = 3 * tile * batchSize * (calls + doublings);
  const kept = keepsTiles(grid, channels) ? 2 * tile * grid.tiles.length * channels * doublings : 0;
  // Planes of many batches are finished one after the other; small ones wait for a batch to fill.
  const waiting = keepsTiles(grid, channels) ? Math.min(mostWaiting, t * slices.length) : 1;
  const rows = doublings * waiting * predicted + 2 * (doublings - 1) * predicted;
  // Four originals and the rows of two gaps as planes; a slice and its features in float64.
  const calibrated = calibrates ? 6 * predicted + 8 * 8 * grid.height * grid.width : 0;
  return PROGRAM_BYTES + members * (3 * read + rows + kept + tiles + calibrated);
}
