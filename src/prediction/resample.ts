import type { SliceSources } from "../io/carried_over.ts";

/** A slice of the output: an original, or one between originals `gap` and `gap + 1`. */
export type OutputSlice =
  | { readonly position: number; readonly original: number }
  | { readonly position: number; readonly gap: number; readonly dpm: number };

/** Where each slice of an output comes from: the original's number from 0, or none. */
export function sourcesOf(slices: readonly OutputSlice[]): SliceSources {
  return slices.map((slice) => "original" in slice ? slice.original : undefined);
}

/** An original this close to an output position, in output steps, is that slice. */
const COINCIDENCE = 1e-6;

/**
 * Evenly spaced output slices at multiples of `step` from the first position up to the last.
 * Originals appear where they coincide with one; the notes count them.
 */
export function resample(
  positions: readonly number[],
  step: number,
): { slices: OutputSlice[]; notes: string[] } {
  const first = positions[0];
  const last = positions.length - 1;
  const count = Math.floor((positions[last] - first) / step + COINCIDENCE) + 1;
  const slices: OutputSlice[] = [];
  let gap = 0;
  for (let k = 0; k < count; k++) {
    const position = first + k * step;
    while (gap < last - 1 && positions[gap + 1] <= position + COINCIDENCE * step) gap++;
    const original = [gap, gap + 1].find((index) =>
      Math.abs(positions[index] - position) <= COINCIDENCE * step
    );
    const dpm = (position - positions[gap]) / (positions[gap + 1] - positions[gap]);
    slices.push(original === undefined ? { position, gap, dpm } : { position, original });
  }
  const kept = slices.filter((slice) => "original" in slice).length;
  const dropped = positions.length - kept;
  const notes = dropped === 0 ? [] : [
    `${kept} of ${positions.length} original slices pass through; the other ${dropped} lie at no ` +
    `multiple of ${step} and are left out. A step that divides the stack's own keeps them all.`,
  ];
  return { slices, notes };
}
