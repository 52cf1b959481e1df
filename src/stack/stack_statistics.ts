import { readFiniteSlice } from "./finite_slice.ts";
import { OrderStatistics } from "./order_statistics.ts";
import type { Slice, StackReader } from "./stack.ts";

/** What a stack's samples are like, over its frames, channels and slices. */
export interface StackStatistics {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Of the population (divided by n). */
  readonly standardDeviation: number;
  /** One value for each percentile asked for, as numpy.percentile computes it. */
  readonly percentiles: readonly number[];
}

/** What {@link measureStack} takes. */
export interface MeasureOptions {
  /** Percentiles in 0..100; float stacks are read a second time for them. */
  readonly percentiles?: readonly number[];
  /** Only these are measured; all where they are left out. */
  readonly frames?: readonly number[];
  readonly channels?: readonly number[];
  readonly signal?: AbortSignal;
  /** Called after each slice, with slices read and slices to read. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Measures a stack slice by slice, in float64. Throws an InputError where a float stack holds NaN
 * or infinity, and the signal's reason when it is aborted.
 */
export async function measureStack(
  reader: StackReader,
  options: MeasureOptions = {},
): Promise<StackStatistics> {
  const { sizes, sampleType } = reader.info;
  const percentiles = options.percentiles ?? [];
  const frames = options.frames ?? [...Array(sizes.t).keys()];
  const channels = options.channels ?? [...Array(sizes.c).keys()];
  const slices = frames.length * channels.length * sizes.z;
  const order = new OrderStatistics(slices * sizes.y * sizes.x);
  const passes = percentiles.length > 0 && sampleType === "float32" ? 2 : 1;
  const total = passes * slices;
  let done = 0;

  async function everySlice(visit: (slice: Slice) => void) {
    for (const t of frames) {
      for (let z = 0; z < sizes.z; z++) {
        for (const c of channels) {
          options.signal?.throwIfAborted();
          visit(await readFiniteSlice(reader, t, c, z));
          options.onProgress?.(++done, total);
        }
      }
    }
  }

  const moments = new Moments();
  await everySlice((slice) => {
    moments.add(slice);
    if (percentiles.length > 0) order.count(slice);
  });
  if (passes === 2) {
    order.focus(percentiles);
    await everySlice((slice) => order.countFocused(slice));
  }
  return {
    min: moments.min,
    max: moments.max,
    mean: moments.mean,
    standardDeviation: Math.sqrt(moments.squares / moments.count),
    percentiles: percentiles.map((percentile) => order.percentile(percentile)),
  };
}

/** Running moments, merged slice by slice (Chan et al.): stable for large offsets. */
class Moments {
  count = 0;
  min = Infinity;
  max = -Infinity;
  mean = 0;
  squares = 0;

  add(slice: Slice) {
    let { min, max } = this;
    let sum = 0;
    for (let i = 0; i < slice.length; i++) {
      const value = slice[i];
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    this.min = min;
    this.max = max;
    const mean = sum / slice.length;
    let squares = 0;
    for (let i = 0; i < slice.length; i++) squares += (slice[i] - mean) ** 2;

    const count = this.count + slice.length;
    const shift = mean - this.mean;
    this.squares += squares + shift * shift * this.count * slice.length / count;
    this.mean += shift * slice.length / count;
    this.count = count;
  }
}
