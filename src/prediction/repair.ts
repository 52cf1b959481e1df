import { InputError } from "../errors.ts";
import { option, phrase, type Place, place, placeInWords } from "../message.ts";
import { normalizerOfPart } from "../stack/normalizer.ts";
import { pictureChannels, type Slice, type StackInfo, type StackReader } from "../stack/stack.ts";
import { type DamagedSlice, missingDamage } from "./damage.ts";
import type { SliceInterpolator } from "./interpolator.ts";
import { planPrediction, type PredictionOptions } from "./plan.ts";
import { type PredictedSlice, predictSlices, type PredictSlicesOptions } from "./predict.ts";
import { ProgressEstimate } from "./progress.ts";

/** Damaged slices in a row, with a good one on either side. */
interface Run {
  readonly t: number;
  readonly c: number;
  readonly first: number;
  readonly last: number;
}

/** What to fill. */
export interface RepairPlan {
  readonly runs: readonly Run[];
  /** The slices that are filled, in file order. */
  readonly repaired: readonly DamagedSlice[];
  /** True things a user should hear: what can't be filled. */
  readonly notes: readonly string[];
}

/**
 * The slices of these numbers, from 1, in every picture channel and frame, and all that the file
 * lacks.
 * Throws an InputError for what is no slice.
 */
export function namedDamage(info: StackInfo, numbers: readonly number[]): DamagedSlice[] {
  const { sizes } = info;
  const outside = numbers.find((number) => !(number >= 1 && number <= sizes.z));
  if (outside !== undefined) {
    throw new InputError(
      phrase`${option("repair", outside)}: the stack has ${sizes.z} slices, counted from 1.`,
    );
  }
  const named: DamagedSlice[] = [];
  for (let t = 0; t < sizes.t; t++) {
    for (const c of pictureChannels(info)) {
      for (const number of numbers) named.push({ t, c, z: number - 1, reason: "was named" });
    }
  }
  const others = missingDamage(info).filter(({ z }) => !numbers.includes(z + 1));
  return [...named, ...others].toSorted((a, b) => a.t - b.t || a.z - b.z || a.c - b.c);
}

/**
 * Plans how damaged slices are filled from the good ones around. ZAugNet+ fills any run; ZAugNet
 * halves gaps, which leads to runs of 1, 3, 7, … slices only. At the ends of a stack there is
 * nothing to predict from: `keepEnds` leaves such slices with a note. Throws an InputError for
 * what can't be filled else.
 */
export function planRepair(
  info: StackInfo,
  anyDistance: boolean,
  damaged: readonly DamagedSlice[],
  { keepEnds = false } = {},
): RepairPlan {
  const depth = info.sizes.z;
  const lacking = info.missing ?? [];
  const runs: Run[] = [];
  const notes: string[] = [];
  for (const run of runsOf(damaged)) {
    const slices = placeOf(run);
    if (run.first === 0 || run.last === depth - 1) {
      const missing = run.first === 0 ? "before" : "after";
      const message =
        `${placeInWords(slices)} can't be filled: there is no good slice ${missing} ` +
        "to predict from";
      const isThere = !lacking.some(({ t, c, z }) =>
        t === run.t && c === run.c && run.first <= z && z <= run.last
      );
      if (!keepEnds || !isThere) throw new InputError(phrase`${option("repair")}: ${message}.`);
      notes.push(`${message}; left as found.`);
      continue;
    }
    const parts = run.last - run.first + 2;
    if (!anyDistance && !Number.isInteger(Math.log2(parts))) {
      throw new InputError(
        phrase`${option("repair")}: ${place(slices)}, ${parts - 1} in a row, need a ZAugNet+ model;
          this one is ZAugNet, which halves gaps: it fills 1, 3, 7, … slices in a row.`,
      );
    }
    runs.push(run);
  }
  const repaired = damaged.filter(({ t, c, z }) => runAt(runs, t, c, z) !== undefined);
  return { runs, repaired, notes };
}

/** The stack as it is without damage: to measure it, a damaged slice is its nearest good one. */
export function withoutDamage(
  reader: StackReader,
  damaged: readonly DamagedSlice[],
): StackReader {
  const bad = new Set(damaged.map(({ t, c, z }) => `${t},${c},${z}`));
  const depth = reader.info.sizes.z;
  return {
    name: reader.name,
    info: reader.info,
    readSlice(t, c, z) {
      for (let away = 0; away < depth; away++) {
        for (const near of [z - away, z + away]) {
          if (near < 0 || near >= depth || bad.has(`${t},${c},${near}`)) continue;
          return reader.readSlice(t, c, near);
        }
      }
      const where = place({ channel: c, frame: t });
      throw new InputError(phrase`${reader.name} has no good slice in ${where}.`);
    },
  };
}

/** What {@link repairSlices} takes besides its plan. */
export interface RepairOptions
  extends
    Omit<PredictSlicesOptions, "completion">,
    Pick<PredictionOptions, "tile" | "overlap" | "batchSize"> {}

/**
 * The stack as a stream of slices in file order, as many as before: damaged ones predicted from the
 * good ones around their run, all others as they are, bit for bit.
 */
export async function* repairSlices(
  reader: StackReader,
  interpolator: SliceInterpolator,
  { runs, repaired }: RepairPlan,
  { onProgress, ...options }: RepairOptions,
): AsyncGenerator<PredictedSlice> {
  const { sizes } = reader.info;
  const estimate = new ProgressEstimate(repaired.length, performance.now());
  let done = 0;
  const filled = new Map<string, Slice>();
  for (let t = 0; t < sizes.t; t++) {
    for (let z = 0; z < sizes.z; z++) {
      for (let c = 0; c < sizes.c; c++) {
        options.signal?.throwIfAborted();
        const run = runAt(runs, t, c, z);
        if (!run) {
          yield { t, c, z, slice: await reader.readSlice(t, c, z), original: true };
          continue;
        }
        if (z === run.first) {
          for await (const [at, slice] of fill(reader, interpolator, run, options)) {
            filled.set(`${c},${at}`, slice);
            onProgress?.(estimate.report(++done, performance.now()));
          }
        }
        const slice = filled.get(`${c},${z}`)!;
        filled.delete(`${c},${z}`);
        yield { t, c, z, slice, original: false };
      }
    }
  }
}

/**
 * Predicts a run's slices as those of a stack of two. They are not calibrated: the typical weights,
 * which two slices would have, are those of gaps between neighbours, and a run is wider.
 */
async function* fill(
  reader: StackReader,
  interpolator: SliceInterpolator,
  { t, c, first, last }: Run,
  { tile, overlap, batchSize, ...options }: Omit<RepairOptions, "onProgress">,
): AsyncGenerator<readonly [z: number, slice: Slice]> {
  const { alpha, ...info } = reader.info;
  // Transparency that a file lacks is carried over from the slice before, as between others.
  if (c === alpha) {
    for (let z = first; z <= last; z++) yield [z, await reader.readSlice(t, c, first - 1)];
    return;
  }
  const ends: StackReader = {
    name: reader.name,
    info: { ...info, sizes: { ...info.sizes, t: 1, c: 1, z: 2 } },
    readSlice: (_t, _c, z) => reader.readSlice(t, c, z === 0 ? first - 1 : last + 1),
  };
  const factor = last - first + 2;
  const plan = planPrediction(ends.info, interpolator, {
    factor,
    tile,
    overlap,
    batchSize,
    calibration: "off",
  });
  const own = { ...options, normalizer: normalizerOfPart(options.normalizer, t, c) };
  for await (const { z, slice, original } of predictSlices(ends, interpolator, plan, own)) {
    if (!original) yield [first - 1 + z, slice];
  }
}

function runsOf(damaged: readonly DamagedSlice[]): Run[] {
  const inOrder = damaged.toSorted((a, b) => a.t - b.t || a.c - b.c || a.z - b.z);
  const runs: { t: number; c: number; first: number; last: number }[] = [];
  for (const { t, c, z } of inOrder) {
    const run = runs.at(-1);
    if (run?.t === t && run.c === c && z <= run.last + 1) run.last = z;
    else runs.push({ t, c, first: z, last: z });
  }
  return runs;
}

function runAt(runs: readonly Run[], t: number, c: number, z: number): Run | undefined {
  return runs.find((run) => run.t === t && run.c === c && run.first <= z && z <= run.last);
}

function placeOf({ first, last }: Run): Place {
  return { slice: first, lastSlice: last };
}
