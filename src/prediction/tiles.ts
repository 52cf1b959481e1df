import { paddedSide, SIDE_MULTIPLE } from "../stack/resizer.ts";

/**
 * How many samples neighbouring tiles share, and so over how many they are blended. Measured by
 * bench/overlap.ts: tiled predictions then lie within 1 of 255 grey levels of untiled ones.
 */
export const DEFAULT_OVERLAP = 96;

/** Weights are multiples of 1/4096: a product of two has 24 bits, which float32 holds exactly. */
const WEIGHT_STEPS = 4096;

/** One tile: its origin in the padded plane and its share of each row and column. */
export interface Tile {
  readonly top: number;
  readonly left: number;
  /** The weight of sample (y, x) is rowWeights[y] * columnWeights[x]. */
  readonly rowWeights: Float32Array<ArrayBuffer>;
  readonly columnWeights: Float32Array<ArrayBuffer>;
}

/** A padded plane cut into overlapping tiles of one shape; all sides are multiples of 16. */
export interface TileGrid {
  /** The padded plane's sides. */
  readonly height: number;
  readonly width: number;
  readonly tileHeight: number;
  readonly tileWidth: number;
  readonly overlap: number;
  readonly tiles: readonly Tile[];
}

/**
 * Cuts a plane of height x width (padded to multiples of 16 first) into tiles. Tile sides and
 * overlap are multiples of 16, and a side is at least 2 * overlap + 16 or the whole plane's. The
 * last tiles are shifted inward. Over every sample the weights of all tiles sum to exactly 1.
 */
export function tileGrid(
  height: number,
  width: number,
  tile: { readonly height: number; readonly width: number },
  overlap: number,
): TileGrid {
  const plane = { height: paddedSide(height), width: paddedSide(width) };
  const tileHeight = Math.min(tile.height, plane.height);
  const tileWidth = Math.min(tile.width, plane.width);
  const rows = intervals(plane.height, tileHeight, overlap);
  const columns = intervals(plane.width, tileWidth, overlap);
  const tiles = rows.flatMap((row) =>
    columns.map((column) => ({
      top: row.origin,
      left: column.origin,
      rowWeights: row.weights,
      columnWeights: column.weights,
    }))
  );
  return { ...plane, tileHeight, tileWidth, overlap, tiles };
}

/** How many tiles of this length cover a side. */
export function tileCount(side: number, length: number, overlap: number): number {
  return side <= length ? 1 : Math.ceil((side - overlap) / (length - overlap));
}

/** The shortest tile that covers a side with as few tiles as one of `length` does. */
export function balancedLength(side: number, length: number, overlap: number): number {
  const count = tileCount(side, length, overlap);
  const shortest = paddedSide((side + (count - 1) * overlap) / count);
  return count === 1 ? shortest : Math.max(shortest, smallestTile(overlap));
}

/** The smallest tile that such an overlap allows: two ramps and something between them. */
export function smallestTile(overlap: number): number {
  return 2 * overlap + SIDE_MULTIPLE;
}

/** A tile's samples; the plane itself where one tile is all of it. */
export function extractTile(
  plane: Float32Array<ArrayBuffer>,
  grid: TileGrid,
  tile: Tile,
): Float32Array<ArrayBuffer> {
  if (grid.tiles.length === 1) return plane;
  const samples = new Float32Array(grid.tileHeight * grid.tileWidth);
  for (let y = 0; y < grid.tileHeight; y++) {
    const from = (tile.top + y) * grid.width + tile.left;
    samples.set(plane.subarray(from, from + grid.tileWidth), y * grid.tileWidth);
  }
  return samples;
}

/** Adds a tile's weighted samples to a plane that began as zeros. */
export function blendTile(
  plane: Float32Array<ArrayBuffer>,
  grid: TileGrid,
  tile: Tile,
  samples: Float32Array<ArrayBuffer>,
): void {
  for (let y = 0; y < grid.tileHeight; y++) {
    const from = y * grid.tileWidth;
    const to = (tile.top + y) * grid.width + tile.left;
    const rowWeight = tile.rowWeights[y];
    if (rowWeight === 0) continue;
    for (let x = 0; x < grid.tileWidth; x++) {
      plane[to + x] += rowWeight * tile.columnWeights[x] * samples[from + x];
    }
  }
}

interface Interval {
  readonly origin: number;
  readonly weights: Float32Array<ArrayBuffer>;
}

/**
 * Covers one side. A tile fades out over its last `overlap` samples while the next one fades in,
 * so no more than two share a sample; what the last tile, shifted inward, holds before that is
 * left to its neighbour.
 */
function intervals(side: number, length: number, overlap: number): Interval[] {
  const count = tileCount(side, length, overlap);
  const origins = Array.from(
    { length: count },
    (_, i) => Math.min(i * (length - overlap), side - length),
  );
  return origins.map((origin, i) => {
    const weights = new Float32Array(length).fill(1);
    if (i > 0) {
      const fadeIn = origins[i - 1] + length - overlap - origin;
      weights.fill(0, 0, fadeIn);
      for (let p = 0; p < overlap; p++) weights[fadeIn + p] = ramp(p, overlap);
    }
    if (i < count - 1) {
      for (let p = 0; p < overlap; p++) weights[length - overlap + p] = 1 - ramp(p, overlap);
    }
    return { origin, weights };
  });
}

/** A raised cosine from 0 to 1, sampled at the middle of each sample. */
function ramp(index: number, length: number): number {
  const cosine = (1 - Math.cos(Math.PI * (index + 0.5) / length)) / 2;
  return Math.round(cosine * WEIGHT_STEPS) / WEIGHT_STEPS;
}
