import type { Slice, StackReader } from "../core.ts";

const MOST_BYTES = 192 * 2 ** 20;

/** A stack whose latest slices stay in memory, up to a bound, so that views are quick. */
export class CachedStack {
  readonly #mostBytes: number;
  readonly #slices = new Map<string, Slice>();
  #bytes = 0;

  constructor(readonly reader: StackReader, mostBytes = MOST_BYTES) {
    this.#mostBytes = mostBytes;
  }

  async get(t: number, c: number, z: number): Promise<Slice> {
    const key = `${t},${c},${z}`;
    const slice = this.#slices.get(key) ?? await this.reader.readSlice(t, c, z);
    if (!this.#slices.delete(key)) this.#bytes += slice.byteLength;
    this.#slices.set(key, slice);
    for (const [oldest, { byteLength }] of this.#slices) {
      if (this.#bytes <= this.#mostBytes || oldest === key) break;
      this.#slices.delete(oldest);
      this.#bytes -= byteLength;
    }
    return slice;
  }
}

/** Where a stack is cut. */
export interface Cut {
  readonly t: number;
  readonly c: number;
  readonly y: number;
  readonly x: number;
}

/** Two planes across the slices. */
export interface Sections {
  /** Row y of every slice: [z][x]. */
  readonly xz: Float32Array<ArrayBuffer>;
  /** Column x of every slice: [y][z]. */
  readonly yz: Float32Array<ArrayBuffer>;
}

/** How often sections that are still being read are shown, in milliseconds. */
const SHOWN_EVERY = 120;

/** Reads the sections slice by slice and yields them as they fill; NaN where nothing is read yet. */
export async function* readSections(
  cache: CachedStack,
  { t, c, y, x }: Cut,
  signal: AbortSignal,
): AsyncGenerator<Sections> {
  const { sizes } = cache.reader.info;
  const xz = new Float32Array(sizes.z * sizes.x).fill(NaN);
  const yz = new Float32Array(sizes.y * sizes.z).fill(NaN);
  let shown = performance.now();
  for (let z = 0; z < sizes.z; z++) {
    const slice = await cache.get(t, c, z);
    if (signal.aborted) return;
    xz.set(slice.subarray(y * sizes.x, (y + 1) * sizes.x), z * sizes.x);
    for (let row = 0; row < sizes.y; row++) yz[row * sizes.z + z] = slice[row * sizes.x + x];
    if (performance.now() - shown < SHOWN_EVERY) continue;
    yield { xz, yz };
    // Lets the browser draw and answer, also where all slices come from memory.
    await new Promise((resolve) => setTimeout(resolve));
    if (signal.aborted) return;
    shown = performance.now();
  }
  yield { xz, yz };
}
