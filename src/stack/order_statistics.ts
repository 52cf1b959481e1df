import type { Slice } from "./stack.ts";

const BINS = 65536;

/**
 * Exact percentiles of a stream of slices in constant memory. Integers are counted value by value
 * in one pass. Floats take two: the first counts the upper 16 bits of each number, the second the
 * lower 16 bits of the few bins that hold the ranks in question (a radix select), so a hot pixel
 * cannot coarsen the answer as it would a histogram of equal bins.
 */
export class OrderStatistics {
  readonly #upper = new Float64Array(BINS);
  readonly #lower = new Map<number, Float64Array>();
  readonly #total: number;
  #floats = false;

  /** @param total The number of samples that will be counted. */
  constructor(total: number) {
    this.#total = total;
  }

  /** The first pass. */
  count(slice: Slice): void {
    this.#floats = slice instanceof Float32Array;
    if (slice instanceof Float32Array) {
      for (const bits of bitsOf(slice)) this.#upper[sortable(bits) >>> 16]++;
    } else {
      for (let i = 0; i < slice.length; i++) this.#upper[slice[i]]++;
    }
  }

  /** Ends the first pass over floats: the second looks into these percentiles' bins only. */
  focus(percentiles: readonly number[]): void {
    for (const percentile of percentiles) {
      for (const rank of this.#ranks(percentile)) {
        this.#lower.set(locate(this.#upper, rank).bin, new Float64Array(BINS));
      }
    }
  }

  /** The second pass, for floats. */
  countFocused(slice: Slice): void {
    if (!(slice instanceof Float32Array)) return;
    for (const bits of bitsOf(slice)) {
      const key = sortable(bits);
      const histogram = this.#lower.get(key >>> 16);
      if (histogram) histogram[key & 0xffff]++;
    }
  }

  /** The percentile (0..100), interpolated linearly between neighbouring samples. */
  percentile(percentile: number): number {
    const [below, above] = this.#ranks(percentile).map((rank) => this.#sample(rank));
    const fraction = (percentile / 100 * (this.#total - 1)) % 1;
    return below + fraction * (above - below);
  }

  #ranks(percentile: number): [number, number] {
    const rank = Math.floor(percentile / 100 * (this.#total - 1));
    return [rank, Math.min(rank + 1, this.#total - 1)];
  }

  #sample(rank: number): number {
    const { bin, rest } = locate(this.#upper, rank);
    if (!this.#floats) return bin;
    const lower = this.#lower.get(bin);
    if (!lower) throw new Error(`rank ${rank} was not focused on`);
    return fromSortable((bin << 16 | locate(lower, rest).bin) >>> 0);
  }
}

/** The bin that holds the sample of this rank, and the sample's rank within the bin. */
function locate(histogram: Float64Array, rank: number): { bin: number; rest: number } {
  let rest = rank;
  for (let bin = 0; bin < histogram.length; bin++) {
    if (rest < histogram[bin]) return { bin, rest };
    rest -= histogram[bin];
  }
  throw new Error(`rank ${rank} is beyond the samples counted`);
}

function bitsOf(slice: Float32Array<ArrayBuffer>): Uint32Array {
  return new Uint32Array(slice.buffer, slice.byteOffset, slice.length);
}

/** An unsigned integer that sorts as the float with these bits does. */
function sortable(bits: number): number {
  return (bits >>> 31 ? ~bits : bits | 0x80000000) >>> 0;
}

function fromSortable(key: number): number {
  const bits = key >>> 31 ? key & 0x7fffffff : ~key;
  return new Float32Array(new Uint32Array([bits]).buffer)[0];
}
