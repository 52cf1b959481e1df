import { InputError } from "../errors.ts";
import { predictedSlices } from "../io/carried_over.ts";
import { option, phrase } from "../message.ts";
import { pictureChannels, type StackInfo, type VoxelSize } from "../stack/stack.ts";
import { type Calibration, planCalibration } from "./calibration_plan.ts";
import { chooseBatch, chooseTile, type Room } from "./capacity.ts";
import { hostBytesOf } from "./host_memory.ts";
import type { SliceInterpolator } from "./interpolator.ts";
import type { KnownSlice } from "./known_gaps.ts";
import { type OutputSlice, planPositions, type PositionOptions } from "./positions.ts";
import { sourcesOf } from "./resample.ts";
import { DEFAULT_OVERLAP, type TileGrid, tileGrid } from "./tiles.ts";

/** What to predict, and how. */
export interface PredictionOptions extends PositionOptions {
  /** The side of a tile, a multiple of 16; by default as large as the adapter allows. */
  readonly tile?: number;
  /** Samples that neighbouring tiles share, a multiple of 16. */
  readonly overlap?: number;
  /** At most this many tiles in one interpolation; by default as many as fit. */
  readonly batchSize?: number;
  /** Whether the network's answers are weighed as suits the stack; "auto" by default. */
  readonly calibration?: Calibration;
}

/** Interpolations that keep one device busy: while it computes one, the host prepares the next. */
export const CALLS_PER_DEVICE = 2;

/** All that is known of a prediction before a sample is read. */
export interface PredictionPlan {
  /** The output's sizes. */
  readonly sizes: StackInfo["sizes"];
  /** The output's voxel size; z is missing where it is unknown or uneven. */
  readonly voxelSize: VoxelSize;
  /** The output along z, alike for all channels and frames. */
  readonly slices: readonly OutputSlice[];
  /** How often every gap is halved; 1 for all slices of a gap in one pass. */
  readonly doublings: number;
  /** How planes are tiled; a single tile where they are not. */
  readonly grid: TileGrid;
  /** Tiles in one interpolation. */
  readonly batchSize: number;
  /** Interpolations under way at once. */
  readonly calls: number;
  /** Slices (of all channels) that may wait for a batch that does not fill, in each doubling. */
  readonly readAhead: number;
  /** Slices that may wait for the batches under way, likewise; more with more devices. */
  readonly mostWaiting: number;
  /** Bytes on the device at the peak of one interpolation. */
  readonly peakBytes: number;
  /** Bytes of the host's memory, likewise; see {@link hostBytesOf}. */
  readonly hostBytes: number;
  /** Slices that the network predicts, over all channels and frames. */
  readonly predictedSlices: number;
  /** The gaps that the stack is calibrated on, if it is calibrated. */
  readonly calibrationGaps?: readonly KnownSlice[];
  /** Slices that the network is asked for to calibrate, over all channels. */
  readonly calibrationSlices: number;
  /** Tiles that go through the network. */
  readonly tilePasses: number;
  /** Interpolations that they take. */
  readonly interpolations: number;
  /** True things a user should hear. */
  readonly notes: readonly string[];
  /** What was done, for the output's metadata; the normaliser's `describe()` adds its own. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Plans a prediction without reading a sample or using the device. Throws an InputError for
 * options that do not suit the stack, the model or the adapter.
 */
export function planPrediction(
  info: StackInfo,
  interpolator: SliceInterpolator,
  options: PredictionOptions = {},
): PredictionPlan {
  const { sizes } = info;
  const { overlap = DEFAULT_OVERLAP, batchSize: most } = options;
  const { calls = CALLS_PER_DEVICE } = interpolator;
  if (most !== undefined && !(Number.isInteger(most) && most > 0)) {
    throw new InputError(
      phrase`${option("batchSize")} must be a whole number of at least 1, not ${most}.`,
    );
  }
  const positions = planPositions(info, interpolator.anyDistance, options);
  const { slices, doublings } = positions;
  const calibration = planCalibration(info, interpolator, options);
  const room = roomFor(interpolator, calibration.gaps !== undefined);
  const tile = chooseTile(room, sizes.y, sizes.x, options.tile, overlap);
  const grid = tileGrid(sizes.y, sizes.x, tile, overlap);

  const channels = pictureChannels(info).length;
  const tilesPerSlice = sizes.t * channels * grid.tiles.length;
  const perPass = passes(sizes.z, slices, doublings).map((count) => count * tilesPerSlice);
  // Beside those under way, each doubling fills its own batch. More devices, or more calls of
  // one, leave the batches as they are: each pair of calls has its own budget of the host's memory.
  const atOnce = CALLS_PER_DEVICE + doublings;
  const largest = Math.min(most ?? Infinity, Math.max(...perPass));
  const batchSize = chooseBatch(room, tile, atOnce, largest);
  const waiting = Math.ceil((CALLS_PER_DEVICE + 1) * batchSize / (channels * grid.tiles.length));
  const readAhead = 2 * waiting + 4;
  const predicted = slices.filter((slice) => "gap" in slice).length;

  const mostWaiting = readAhead * calls / CALLS_PER_DEVICE;
  const calibrates = calibration.gaps !== undefined;
  const held = { grid, batchSize, calls, doublings, mostWaiting, slices, calibrates };
  return {
    sizes: { ...sizes, z: slices.length },
    voxelSize: positions.voxelSize,
    slices,
    doublings,
    grid,
    batchSize,
    calls,
    readAhead,
    mostWaiting,
    peakBytes: interpolator.peakBytes(batchSize, tile.height, tile.width),
    hostBytes: hostBytesOf(info, held),
    predictedSlices: predicted * sizes.t * channels,
    calibrationGaps: calibration.gaps,
    calibrationSlices: (calibration.gaps?.length ?? 0) * channels,
    tilePasses: perPass.reduce((sum, count) => sum + count, 0),
    interpolations: perPass.reduce((sum, count) => sum + Math.ceil(count / batchSize), 0),
    notes: [...positions.notes, ...calibration.notes],
    metadata: {
      ...positions.metadata,
      ...calibration.metadata,
      predicted_slices: predictedSlices(sourcesOf(slices)),
      tile: grid.tiles.length === 1 ? "none" : `${tile.width}x${tile.height}`,
      ...(grid.tiles.length > 1 ? { tile_overlap: String(overlap) } : {}),
    },
  };
}

/** The adapter's memory, less what calibration takes beside a batch. */
function roomFor(interpolator: SliceInterpolator, calibrates: boolean): Room {
  const { calibrator, memoryLimit } = interpolator;
  if (!calibrates || !calibrator) return interpolator;
  return {
    memoryLimit,
    fits: (...batch) =>
      interpolator.fits(...batch) &&
      interpolator.peakBytes(...batch) + calibrator.filterBytes <= memoryLimit,
  };
}

/** How many slices each pass over the stack predicts. */
function passes(depth: number, slices: readonly OutputSlice[], doublings: number): number[] {
  if (doublings > 1) return Array.from({ length: doublings }, (_, i) => (depth - 1) * 2 ** i);
  return [slices.filter((slice) => "gap" in slice).length];
}
