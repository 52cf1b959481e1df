import type { AxisSize } from "./description.ts";

/** What of a series' planes is there. */
export interface WhatIsThere {
  /** The axes with the sizes of what is there, in the same order. */
  readonly axes: readonly AxisSize[];
  /**
   * Numbers of planes that are missing between others, by the file's own count; undefined where
   * hardly any is there, so that the count itself is wrong.
   */
  readonly missing?: readonly number[];
  readonly note?: string;
}

/** A stack with more planes missing than this, and for each that is there, is none. */
const MOST_MISSING = 1000;
const MOST_MISSING_SHARE = 8;

/** What a stopped acquisition leaves out at its end, by axis. */
const WORDS = { T: "frames", Z: "slices", C: "channels" } as const;

/**
 * Tells planes that never came, since an acquisition was stopped, from those that are missing
 * between others. Of the first, only whole frames (else slices, else channels) are kept.
 */
export function whatIsThere(
  axes: readonly AxisSize[],
  held: ReadonlySet<number> | undefined,
): WhatIsThere {
  const total = axes.reduce((product, { size }) => product * size, 1);
  if (held === undefined || held.size >= total) return { axes, missing: [] };
  const stopped = endOf(axes, [...held], ["T", "Z", "C"]);
  if (stopped === undefined) {
    const lost = total - held.size;
    if (lost > MOST_MISSING && lost > MOST_MISSING_SHARE * held.size) return { axes };
    return {
      axes,
      missing: Array.from({ length: total }, (_, i) => i).filter((i) => !held.has(i)),
    };
  }
  const kept = axes.map(({ axis, size }) => ({ axis, size: stopped.get(axis) ?? size }));
  const lost = kept.flatMap(({ axis, size }, i) =>
    size < axes[i].size ? [`${size} of ${axes[i].size} ${WORDS[axis]}`] : []
  );
  const note = `the acquisition was stopped: ${lost.join(", ")} are there and were read`;
  return { axes: kept, missing: [], note };
}

/** The size along each axis up to where all planes are there; undefined where there are holes. */
function endOf(
  axes: readonly AxisSize[],
  held: readonly number[],
  order: readonly AxisSize["axis"][],
): Map<string, number> | undefined {
  const total = axes.reduce((product, { size }) => product * size, 1);
  if (held.length === total) return new Map();
  if (held.length === 0) return undefined;
  for (const axis of order) {
    const at = axes.findIndex((each) => each.axis === axis);
    if (at < 0 || axes[at].size === 1) continue;
    const { size } = axes[at];
    const step = axes.slice(at + 1).reduce((product, each) => product * each.size, 1);
    const indexOf = (plane: number) => Math.floor(plane / step) % size;
    const counts = new Array<number>(size).fill(0);
    for (const plane of held) counts[indexOf(plane)]++;
    const whole = counts.findIndex((count) => count < total / size);
    if (counts.slice(whole + 1).some((count) => count > 0)) continue;
    // Of the index that was begun, planes may be there; they too must have come in some order.
    const rest = axes.map((each, i) => i === at ? { axis, size: 1 } : each);
    const begun = held.filter((plane) => indexOf(plane) === whole)
      .map((plane) => plane - whole * step)
      .map((plane) => renumbered(plane, axes, rest));
    const inner = begun.length === 0 ? new Map<string, number>() : endOf(rest, begun, order);
    if (inner === undefined) continue;
    return whole > 0 ? new Map([[axis, whole]]) : new Map([...inner, [axis, 1]]);
  }
  return undefined;
}

/** A plane's number along axes of other sizes. */
function renumbered(
  plane: number,
  from: readonly AxisSize[],
  to: readonly AxisSize[],
): number {
  let number = 0;
  for (let i = from.length - 1, rest = plane, step = 1; i >= 0; i--) {
    number += (rest % from[i].size) * step;
    rest = Math.floor(rest / from[i].size);
    step *= to[i].size;
  }
  return number;
}
