import type { Slice } from "../stack/stack.ts";
import { Batcher, type CallQueue, type Work } from "./call_queue.ts";
import { blendTile, extractTile, type TileGrid } from "./tiles.ts";

/** All channels at one z of one frame. */
export interface Row {
  readonly t: number;
  /** One padded, normalised plane per channel; {@link NO_PLANE} of one that is not predicted. */
  readonly planes: Float32Array<ArrayBuffer>[];
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
  /** The relative distances at which to predict between a frame's rows gap and gap + 1. */
  readonly distances: (gap: number) => readonly number[];
}

/** A row's planes cut into tiles, [channel][tile]: one array each, whoever asks for it. */
type Tiles = readonly (readonly Float32Array<ArrayBuffer>[])[];

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
  { grid, queue, batchSize, readAhead, mostWaiting, distances }: Refinement,
): AsyncGenerator<Row> {
  const pending: Pending[] = [];
  const batcher = new Batcher(queue, batchSize);
  let previous: { readonly t: number; readonly tiles: Tiles } | undefined;
  let gap = 0;

  for await (const row of rows) {
    const tiles = row.planes.map((plane) =>
      plane === NO_PLANE ? [] : grid.tiles.map((tile) => extractTile(plane, grid, tile))
    );
    if (previous?.t === row.t) {
      for (const dpm of distances(gap++)) {
        const target = blank(row, grid);
        pending.push(target);
        for (const work of tileWork(previous.tiles, tiles, dpm, target, grid)) {
          await batcher.add(work);
        }
        yield* finished(pending);
      }
    } else gap = 0;
    pending.push({ row, missing: 0 });
    // Originals may follow one another with nothing between: they must not pile up behind a
    // batch that does not fill.
    await batcher.rowDone(readAhead);
    if (pending.length > mostWaiting) await queue.drain();
    yield* finished(pending);
    previous = { t: row.t, tiles };
  }
  await batcher.finish();
  yield* finished(pending);
}

function* finished(pending: Pending[]): Generator<Row> {
  while (pending.length > 0 && pending[0].missing === 0) yield (pending.shift() as Pending).row;
}

function blank({ t, planes }: Row, grid: TileGrid): Pending {
  const tiled = grid.tiles.length > 1;
  const samples = tiled ? grid.height * grid.width : 0;
  const predicted = planes.filter((plane) => plane !== NO_PLANE);
  return {
    row: {
      t,
      wanted: true,
      planes: planes.map((plane) => plane === NO_PLANE ? NO_PLANE : new Float32Array(samples)),
    },
    missing: predicted.length * grid.tiles.length,
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
    for (const [i, tile] of grid.tiles.entries()) {
      yield {
        request: { before: before[c][i], after: after[c][i], dpm },
        deliver: (samples) => {
          if (grid.tiles.length === 1) planes[c] = samples;
          else blendTile(planes[c], grid, tile, samples);
          target.missing--;
        },
      };
    }
  }
}
