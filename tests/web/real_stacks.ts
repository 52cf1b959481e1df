import { noBrowser } from "./browser.ts";
import { PAPER_WIDTHS } from "../../src/zaugnet/widths.ts";
import { shared } from "../support/shared.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { readStack, writeStack } from "../support/stacks.ts";

const real = noBrowser ? undefined : shared("data/neuropil_fly_brain.tif");
const trained = noBrowser ? undefined : shared("model/reference.pt");

/** A trained model's file, or one by the formula where that is not there. */
export const modelFile = trained ?? formulaModelFile("zaugnet", PAPER_WIDTHS.generator);

const SIDE = 64;

/** Writes a small part of a real stack, 64 x 64 x 3, or waves where that is not there. */
export async function writeCrop(path: string): Promise<void> {
  const sizes = { t: 1, c: 1, z: 3, y: SIDE, x: SIDE };
  if (!real) return void await writeStack(path, { sizes });
  const reader = await readStack(real);
  const { sampleType, sizes: { x: width } } = reader.info;
  const slices = await Promise.all([20, 21, 22].map((z) => reader.readSlice(0, 0, z)));
  await writeStack(path, { sizes, sampleType }, (_t, _c, z) =>
    slices[z].filter((_, i) => {
      const [y, x] = [Math.floor(i / width) - 100, i % width - 100];
      return y >= 0 && y < SIDE && x >= 0 && x < SIDE;
    }));
}

/** The largest difference between the samples of two stacks, slice by slice. */
export async function differences(ours: string, theirs: string): Promise<number[]> {
  const [a, b] = [await readStack(ours), await readStack(theirs)];
  const { z } = a.info.sizes;
  return await Promise.all(Array.from({ length: z }, async (_, i) => {
    const [left, right] = [await a.readSlice(0, 0, i), await b.readSlice(0, 0, i)];
    return Math.max(...Float64Array.from(left, (value, j) => Math.abs(value - right[j])));
  }));
}
