import { checkedFactor } from "../prediction/position_checks.ts";
import { InputError } from "../errors.ts";
import { singleSliceHint } from "../io/stack_options.ts";
import { option, phrase, placeInWords } from "../message.ts";
import { unrounded } from "../stack/reader_views.ts";
import type { StackReader } from "../stack/stack.ts";

/** Which slices of a stack are kept, and which are dropped to be predicted. */
export interface HeldOut {
  /** Every `factor`-th slice is kept. */
  readonly factor: number;
  /** The first slice that is kept, and the last one. */
  readonly first: number;
  readonly last: number;
  /** How many slices are kept. */
  readonly kept: number;
  /** True things a user should hear: which slices could not be used. */
  readonly notes: readonly string[];
}

/** Slices [from, to) of a stack, counted from 0; either end may be missing. */
export interface SliceBlock {
  readonly from?: number;
  readonly to?: number;
}

/**
 * Keeps the first slice of the block and every `factor`-th after it. Slices after the last one
 * kept lie in no gap and are left out. Throws an InputError where there is no gap.
 */
export function holdOut(
  { name, info }: StackReader,
  factor: number,
  block: SliceBlock = {},
): HeldOut {
  const depth = info.sizes.z;
  const { from = 0, to = depth } = block;
  const all = from === 0 && to === depth;
  const asked = option("slices", `${from + 1}..${to}`);
  checkedFactor(factor);
  if (!(from >= 0 && from < to && to <= depth)) {
    throw new InputError(
      phrase`${asked} must lie within the slices 1..${depth} of ${name}, the lower first.`,
    );
  }
  const gaps = Math.floor((to - from - 1) / factor);
  if (gaps < 1) {
    const where = all ? name : phrase`${asked} of ${name}`;
    const has = `has ${to - from} slice${to - from > 1 ? "s" : ""}`;
    const least = `at least ${factor + 1}: one before, ${factor - 1} dropped, one after.`;
    const hint = depth === 1 ? singleSliceHint(info.sizes) : "";
    throw new InputError(
      phrase`${where} ${has}; ${option("factor", factor)} needs ${least}${hint}`,
    );
  }
  const last = from + gaps * factor;
  const unused = to - 1 - last;
  const notes = unused === 0 ? [] : [
    `${name}: ${placeInWords({ slice: last + 1, lastSlice: to - 1 })} (${unused}) fill no whole ` +
    `gap of factor ${factor} and were left out.`,
  ];
  return { factor, first: from, last, kept: gaps + 1, notes };
}

/**
 * The stack as it would be had the dropped slices never been taken. Samples are float32, so that
 * what is predicted from them stays unrounded, as the interpolations that it is compared with are.
 */
export function keptSlices(reader: StackReader, held: HeldOut): StackReader {
  const { name, info, readSlice } = unrounded(reader);
  const { z } = info.voxelSize;
  return {
    name,
    info: {
      ...info,
      sizes: { ...info.sizes, z: held.kept },
      voxelSize: { ...info.voxelSize, z: z === undefined ? z : z * held.factor },
    },
    readSlice: (t, c, k) => readSlice(t, c, held.first + k * held.factor),
  };
}
