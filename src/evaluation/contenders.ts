import { InputError } from "../errors.ts";
import { option, phrase } from "../message.ts";
import type { Completion } from "../prediction/completion.ts";
import type { PredictedSlice } from "../prediction/predict.ts";
import { readFiniteSlice } from "../stack/finite_slice.ts";
import type { StackNormalizer } from "../stack/normalizer.ts";
import { remembering } from "../stack/reader_views.ts";
import type { Slice, StackReader } from "../stack/stack.ts";
import { type Baseline, BASELINES, baselineTaps } from "../stack/taps.ts";
import { blend } from "./baselines.ts";
import type { HeldOut } from "./held_out.ts";
import { PEAK } from "./metrics.ts";

/** Samples as grey levels. */
export type GreyScale = (slice: Slice) => Float64Array;

/** What the network is compared with. */
export interface Contender {
  readonly name: string;
  /** Its slice at a generated position, in grey levels; asked in the order of the file. */
  sliceAt(prediction: PredictedSlice): Promise<Float64Array>;
  /** Ends its work, finished or not. */
  close(): Promise<void>;
}

/** Nearest, linear and cubic interpolation of the kept slices. */
export function baselineContenders(
  coarse: StackReader,
  { factor, kept }: HeldOut,
  toGrey: GreyScale,
): Contender[] {
  const widest = 4;
  const reader = remembering(coarse, widest * coarse.info.sizes.c);
  const sliceOf = (baseline: Baseline): Contender["sliceAt"] => async ({ t, c, z }) => {
    const taps = baselineTaps(baseline, z / factor, kept);
    const parts = await Promise.all(taps.map(async ({ slice, weight }) => ({
      samples: toGrey(await reader.readSlice(t, c, slice)),
      weight,
    })));
    return blend(parts, [0, PEAK]);
  };
  return BASELINES.map((name) => ({
    name,
    sliceAt: sliceOf(name),
    close: () => Promise.resolve(),
  }));
}

/** The network's own slices, each completed as calibration has it. */
export function completedContender(
  name: string,
  coarse: StackReader,
  { factor, kept }: HeldOut,
  { completion, normalizer }: {
    readonly completion: Completion;
    readonly normalizer: StackNormalizer;
  },
  toGrey: GreyScale,
): Contender {
  const widest = 4;
  const reader = remembering(coarse, widest * coarse.info.sizes.c);
  return {
    name,
    async sliceAt({ t, c, z, slice }) {
      const gap = Math.floor(z / factor);
      const own = normalizer.at(t, c);
      const at = async (k: number) =>
        own.before(await reader.readSlice(t, c, Math.min(Math.max(k, 0), kept - 1)));
      const plane = await completion({
        channel: c,
        neighbours: [await at(gap - 1), await at(gap), await at(gap + 1), await at(gap + 2)],
        distance: z / factor - gap,
        answer: own.before(slice),
      });
      return toGrey(own.after(plane, "float32"));
    },
    close: () => Promise.resolve(),
  };
}

/** A stream of predicted slices, of which the generated ones are taken. */
export function streamContender(
  name: string,
  slices: AsyncGenerator<PredictedSlice>,
  toGrey: GreyScale,
): Contender {
  return {
    name,
    async sliceAt({ t, c, z }) {
      for (;;) {
        const { value, done } = await slices.next();
        if (done) throw new Error(`${name} ended before slice ${z}`);
        if (value.t === t && value.c === c && value.z === z) return toGrey(value.slice);
      }
    },
    close: async () => void await slices.return(undefined),
  };
}

/**
 * A stack that another program made. Throws an InputError where it is not of the truth's size, or
 * of an integer type whose grey levels can't be the truth's.
 */
export function stackContender(
  name: string,
  stack: StackReader,
  truth: StackReader,
  { first }: HeldOut,
  toGrey: GreyScale,
): Contender {
  checkComparable(name, stack, truth);
  return {
    name,
    sliceAt: async ({ t, c, z }) => toGrey(await readFiniteSlice(stack, t, c, first + z)),
    close: () => Promise.resolve(),
  };
}

function checkComparable(name: string, stack: StackReader, truth: StackReader): void {
  const size = ({ t, c, z, y, x }: StackReader["info"]["sizes"]) =>
    `${x} x ${y}, ${z} slices, ${c} channel${c > 1 ? "s" : ""}, ${t} frame${t > 1 ? "s" : ""}`;
  const asked = option("compare", name);
  const [own, expected] = [size(stack.info.sizes), size(truth.info.sizes)];
  if (own !== expected) {
    throw new InputError(
      phrase`${asked}: ${stack.name} has ${own}, and ${truth.name} has ${expected};
        to be scored beside the network it must have the same size, its slices at the same places.`,
    );
  }
  const [type, wanted] = [stack.info.sampleType, truth.info.sampleType];
  if (type === wanted || type === "float32") return;
  throw new InputError(
    phrase`${asked}: ${stack.name} is ${type} and ${truth.name} is ${wanted};
      write it as ${wanted} or float32, in the intensities of ${truth.name}.`,
  );
}
