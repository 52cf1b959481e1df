import { InputError } from "../errors.ts";
import type { LabelStack } from "./label_stack.ts";

/** Labels joined along z. */
export interface JoinedLabels extends LabelStack {
  /** How many 2D labels of the slices read so far had no 3D label under them. */
  dropped(): number;
}

/**
 * Renames the labels of each slice of `flat`, which mean nothing from slice to slice (2D Cellpose),
 * to the labels of `solid` (3D Cellpose) with which they share the most pixels of that slice: the
 * contours stay those of `flat`. Labels over background alone are dropped. Throws an InputError
 * where the stacks differ in size.
 */
export function joinLabels(flat: LabelStack, solid: LabelStack): JoinedLabels {
  for (const axis of ["z", "y", "x"] as const) {
    if (flat.sizes[axis] === solid.sizes[axis]) continue;
    throw new InputError(
      `${flat.name} has ${flat.sizes[axis]} voxels along ${axis} and ${solid.name} ` +
        `${solid.sizes[axis]}: both must be segmentations of one stack.`,
    );
  }
  let dropped = 0;
  return {
    ...flat,
    dropped: () => dropped,
    async readSlice(z) {
      const [flatSlice, solidSlice] = await Promise.all([flat.readSlice(z), solid.readSlice(z)]);
      const shares = new Map<number, Map<number, number>>();
      flatSlice.forEach((label, i) => {
        if (label === 0) return;
        const share = shares.get(label) ?? new Map<number, number>();
        shares.set(label, share);
        if (solidSlice[i] !== 0) share.set(solidSlice[i], (share.get(solidSlice[i]) ?? 0) + 1);
      });
      const names = new Map([[0, 0]]);
      for (const [label, share] of shares) {
        const [[name]] = [...share, [0, 0]].sort(([a, m], [b, n]) => n - m || a - b);
        names.set(label, name);
        if (name === 0) dropped++;
      }
      return flatSlice.map((label) => names.get(label)!);
    },
  };
}
