import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Samples, StackReader } from "../stack/stack.ts";

/** What one pass over a stack tells. */
export interface Survey {
  readonly min: number;
  readonly max: number;
  /** Pearson correlation of slices z and z + 1, [c][t][z]; 0 where either is constant. */
  readonly correlations: readonly (readonly (readonly number[])[])[];
  /** Hexadecimal hash of sizes, sample type, means and correlations; equal for equal slices. */
  readonly digest: string;
}

/** Neighbours z and z + 1 that have far less in common than the channel's others. */
export interface WeakPair {
  readonly t: number;
  readonly c: number;
  readonly z: number;
  readonly correlation: number;
  /** Of all neighbours of the channel. */
  readonly median: number;
}

/** Reads every slice once, by `readSlice(t, c, z)`, in the order of frames, channels, slices. */
export async function surveyStack(
  { info }: StackReader,
  readSlice: (t: number, c: number, z: number) => Promise<Samples>,
): Promise<Survey> {
  const { sizes, sampleType } = info;
  const means: number[] = [];
  const correlations: number[][][] = Array.from({ length: sizes.c }, () => []);
  let [min, max] = [Infinity, -Infinity];
  for (let t = 0; t < sizes.t; t++) {
    for (let c = 0; c < sizes.c; c++) {
      const row: number[] = [];
      let previous: Measured | undefined;
      for (let z = 0; z < sizes.z; z++) {
        const slice = measure(await readSlice(t, c, z));
        if (previous) row.push(correlation(previous, slice));
        means.push(slice.mean);
        min = Math.min(min, slice.min);
        max = Math.max(max, slice.max);
        previous = slice;
      }
      correlations[c].push(row);
    }
  }
  return { min, max, correlations, digest: hashOf([sizes, sampleType, means, correlations]) };
}

/** Hexadecimal SHA-256 of plain data. */
export function hashOf(data: unknown): string {
  return bytesToHex(sha256(new TextEncoder().encode(JSON.stringify(data))));
}

/** Deviations from the median, in units of a normal distribution's, that make a pair weak. */
const WEAK_DEVIATIONS = 5;
/** A weak pair also lies this share of the median below it: even stacks deviate by little. */
const WEAK_SHARE = 0.25;
/** The median absolute deviation of a normal distribution times this is its standard deviation. */
const MAD_TO_DEVIATION = 1.4826;

/**
 * Finds a cut, a bleached gap, an empty slice: neighbours whose correlation lies far below the
 * median of their channel, measured so that the weak pairs themselves do not move the bar.
 */
export function weakPairs({ correlations }: Survey): WeakPair[] {
  return correlations.flatMap((frames, c) => {
    const middle = median(frames.flat());
    const deviation = MAD_TO_DEVIATION * median(frames.flat().map((r) => Math.abs(r - middle)));
    const bar = middle - Math.max(WEAK_DEVIATIONS * deviation, WEAK_SHARE * Math.abs(middle));
    return frames.flatMap((row, t) =>
      row.flatMap((r, z) => r < bar ? [{ t, c, z, correlation: r, median: middle }] : [])
    );
  });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

interface Measured {
  readonly samples: Samples;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Sum of squared distances from the mean. */
  readonly squares: number;
}

function measure(samples: Samples): Measured {
  let [min, max, sum, squares] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < samples.length; i++) {
    const value = samples[i];
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const mean = sum / samples.length;
  for (let i = 0; i < samples.length; i++) squares += (samples[i] - mean) ** 2;
  return { samples, min, max, mean, squares };
}

function correlation(a: Measured, b: Measured): number {
  if (a.min === a.max || b.min === b.max) return 0;
  let products = 0;
  for (let i = 0; i < a.samples.length; i++) {
    products += (a.samples[i] - a.mean) * (b.samples[i] - b.mean);
  }
  return products / Math.sqrt(a.squares * b.squares);
}
