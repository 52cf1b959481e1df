import type { Storage } from "../gpu/buffer_pool.ts";
import type { Device } from "../gpu/device.ts";
import { Kernel } from "../gpu/kernel.ts";
import bandFilterSource from "../wgsl/band_filter.wgsl" with { type: "text" };
import overlapAddSource from "../wgsl/overlap_add.wgsl" with { type: "text" };
import { type BandFilter, blocksAlong, mirrored, STEP } from "./band_filter.ts";
import { bandsOf, BLOCK } from "./bands.ts";
import type { Plane } from "./grams.ts";
import type { Matrix } from "./solve.ts";

const filterKernel = new Kernel("band_filter", bandFilterSource);
const addKernel = new Kernel("overlap_add", overlapAddSource);

const BLOCK_BYTES = 4 * BLOCK * BLOCK;
/** Bytes of blocks at once: enough to fill a card, little beside a network's features. */
const BLOCKS_LIMIT = 64 * 1024 ** 2;

/**
 * {@link filterBands} on a device, in float32. Planes are worked on in strips of block rows, which
 * change no bit: a block's numbers depend on its own samples alone.
 */
export class DeviceFilter implements BandFilter {
  readonly #device: Device;
  readonly #basis: Storage;
  readonly #blocksLimit: number;

  constructor(device: Device, blocksLimit = BLOCKS_LIMIT) {
    this.#device = device;
    this.#blocksLimit = blocksLimit;
    device.operation = "calibration";
    this.#basis = device.allocate(BLOCK_BYTES);
    device.write(this.#basis, basis());
  }

  /** See {@link BandFilter.apply}. */
  async apply(
    features: readonly Plane[],
    weights: Matrix,
    height: number,
    width: number,
  ): Promise<Plane> {
    const device = this.#device;
    device.operation = `calibration [${features.length},${height},${width}]`;
    const table = device.allocate(4 * BLOCK_BYTES);
    device.write(table, tableOf(weights));
    const columns = blocksAlong(width);
    // Each strip computes one more block row than it has steps of rows.
    const steps = Math.max(1, Math.floor(this.#blocksLimit / (columns * BLOCK_BYTES)) - 1);
    const slice = new Float32Array(height * width);
    const readings: Promise<void>[] = [];
    for (let top = 0; top < height; top += steps * STEP) {
      const rows = Math.min(steps * STEP, height - top);
      const reading = this.#strip(features, table, { top, rows, height, width });
      readings.push(reading.then((samples) => slice.set(samples, top * width)));
    }
    device.release(table);
    await Promise.all(readings);
    return slice;
  }

  dispose(): void {
    this.#device.release(this.#basis);
  }

  /** Rows top..top + rows of the slice. */
  #strip(
    features: readonly Plane[],
    table: Storage,
    { top, rows, height, width }: { top: number; rows: number; height: number; width: number },
  ): Promise<Plane> {
    const device = this.#device;
    const [blockRows, columns] = [blocksAlong(rows), blocksAlong(width)];
    const known = (blockRows + 1) * STEP;
    const x = device.allocate(4 * features.length * known * width);
    const samples = new Float32Array(features.length * known * width);
    features.forEach((feature, f) => {
      for (let row = 0; row < known; row++) {
        const from = mirrored(top - STEP + row, height) * width;
        samples.set(feature.subarray(from, from + width), (f * known + row) * width);
      }
    });
    device.write(x, samples);
    const blocks = device.allocate(blockRows * columns * BLOCK_BYTES);
    const params = { rows: known, width, features: features.length };
    const buffers = { x, table, basis: this.#basis, blocks };
    device.run(filterKernel, buffers, params, [columns, blockRows, 1]);
    const y = device.allocate(4 * rows * width);
    const groups = [Math.ceil(width / 8), Math.ceil(rows / 8), 1] as const;
    device.run(addKernel, { blocks, y }, { height: rows, width, columns }, groups);
    const reading = device.read(y);
    // The copy is recorded: what takes the memory next is written after it.
    for (const storage of [x, blocks, y]) device.release(storage);
    return reading;
  }
}

/** The orthonormal DCT-II [frequency][sample]. */
function basis(): Float32Array {
  return Float32Array.from({ length: BLOCK * BLOCK }, (_, i) => {
    const [frequency, sample] = [Math.floor(i / BLOCK), i % BLOCK];
    const norm = Math.sqrt((frequency === 0 ? 1 : 2) / BLOCK);
    return norm * Math.cos(Math.PI * (2 * sample + 1) * frequency / (2 * BLOCK));
  });
}

/** The weights of every coefficient of a block, four to a coefficient. */
function tableOf(weights: Matrix): Float32Array {
  const table = new Float32Array(4 * BLOCK * BLOCK);
  bandsOf(BLOCK, BLOCK).forEach((band, i) => table.set(weights[band], 4 * i));
  return table;
}
