import type { Slice } from "../stack/stack.ts";
import { Batcher, type CallQueue, type Work } from "./call_queue.ts";
import { blendTile, extractTile, type Tile, type TileGrid } from "./tiles.ts";

/** All channels at one z of one frame. */
export interface Row {
  readonly t: number;
  /**
   * One padded, normalised plane per channel, {@link NO_PLANE} of one that is not predicted; an
   * original's are made anew whenever they are asked for.
   */
  readonly planes: Float32Array<ArrayBuffer>[];
  /** A part of a channel's plane, of a row that does not hold its planes. */
  readonly tile?: (channel: number, grid: TileGrid, tile: Tile) => Float32Array<ArrayBuffer>;
  /** The samples as they were read, where this is an original slice. */
  readonly original?: readonly Slice[];
  /** False for an original that only serves its neighbours' prediction. */
  readonly wanted: boolean;
}

/** In the place of a channel that is not predicted. */
export const NO_PLANE = new Float32Array();

/** What {@link refine} predicts with. */
export interface Refinement {
  readonly grid: TileGrid;
  readonly queue: CallQueue;
  /** Tiles in one interpolation. */
  readonly batchSize: number;
  /** At most this many rows wait for a batch that does not fill. */
  readonly readAhead: number;
  /** At most this many wait for the batches under way, of which a slow device may have the first. */
  readonly mostWaiting: number;
  /** The channel that is no picture, and is not predicted. */
  readonly alpha?: number;
  /** The relative distances at which to predict between a frame's rows gap and gap + 1. */
  readonly distances: (gap: number) => readonly number[];
}

/** Bytes up to which a row's tiles are kept, so that a device is sent each once. */
const KEPT_BYTES = 2 ** 25;

/** A tile of a channel of a row. */
type Tiles = (channel: number, tile: Tile) => Float32Array<ArrayBuffer>;

/** A row whose tiles are still under way. */
interface Pending {
  readonly row: Row;
  missing: number;
}

/**
 * Passes a stream of rows on and inserts predicted rows between neighbours of the same frame.
 * Batches are filled across tiles, channels, gaps and frames. It reads ahead only as far as the
 * batches under way reach, so memory does not grow with the stream. Chaining it doubles repeatedly.
 */
export async function* refine(
  rows: AsyncIterable<Row>,
  { grid, queue, batchSize, readAhead, mostWaiting, alpha, distances }: Refinement,
): AsyncGenerator<Row> {
  const pending: Pending[] = [];
  const batcher = new Batcher(queue, batchSize);
  let previous: { readonly t: number; readonly tiles: Tiles } | undefined;
  let gap = 0;

  for await (const row of rows) {
    const channels = row.original?.length || row.planes.length;
    const tiles = tilesOf(row, channels - (alpha === undefined ? 0 : 1), grid);
    if (previous?.t === row.t) {
      for (const dpm of distances(gap++)) {
        const target = blank(row.t, channels, alpha, grid);
        pending.push(target);
        for (const work of tileWork(previous.tiles, tiles, dpm, target, grid)) {
          await batcher.add(work);
        }
        yield* finished(pending);
      }
    } else gap = 0;
    // Before others work with what was predicted from it: planes may be large.
    previous = { t: row.t, tiles };
    pending.push({ row, missing: 0 });
    // Originals may follow one another with nothing between: they must not pile up behind a
    // batch that does not fill.
    await batcher.rowDone(readAhead);
    if (pending.length > mostWaiting) await queue.drain();
    yield* finished(pending);
  }
  await batcher.finish();
  yield* finished(pending);
}

function* finished(pending: Pending[]): Generator<Row> {
  while (pending.length > 0 && pending[0].missing === 0) yield (pending.shift() as Pending).row;
}

/** True where the tiles of a row of so many predicted channels are kept, or its single tiles. */
export function keepsTiles(grid: TileGrid, channels: number): boolean {
  const pixels = channels * grid.tiles.length * grid.tileHeight * grid.tileWidth;
  return grid.tiles.length === 1 || 4 * pixels <= KEPT_BYTES;
}

/** The tiles of a row: cut once and kept, or, of large planes, cut whenever they are asked for. */
function tilesOf(row: Row, channels: number, grid: TileGrid): Tiles {
  if (!keepsTiles(grid, channels)) {
    return (channel, tile) =>
      row.tile?.(channel, grid, tile) ?? extractTile(row.planes[channel], grid, tile);
  }
  const kept = row.planes.map((plane) =>
    new Map(
      plane === NO_PLANE ? [] : grid.tiles.map((tile) => [tile, extractTile(plane, grid, tile)]),
    )
  );
  return (channel, tile) => kept[channel].get(tile)!;
}

function blank(t: number, channels: number, alpha: number | undefined, grid: TileGrid): Pending {
  const tiled = grid.tiles.length > 1;
  const samples = tiled ? grid.height * grid.width : 0;
  const planes = Array.from(
    { length: channels },
    (_, c) => c === alpha ? NO_PLANE : new Float32Array(samples),
  );
  return {
    row: { t, wanted: true, planes },
    missing: planes.filter((plane) => plane !== NO_PLANE).length * grid.tiles.length,
  };
}

function* tileWork(
  before: Tiles,
  after: Tiles,
  dpm: number,
  target: Pending,
  grid: TileGrid,
): Generator<Work> {
  const { planes } = target.row;
  for (let c = 0; c < planes.length; c++) {
    if (planes[c] === NO_PLANE) continue;
    for (const tile of grid.tiles) {
      yield {
        request: { before: before(c, tile), after: after(c, tile), dpm },
        deliver: (samples) => {
          if (grid.tiles.length === 1) planes[c] = samples;
          else blendTile(planes[c], grid, tile, samples);
          target.missing--;
        },
      };
    }
  }
}
