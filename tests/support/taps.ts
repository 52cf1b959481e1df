import type { Shape } from "../../src/autograd/shape.ts";
import { pixel, type Place, type Taps } from "./reference.ts";
import type { Values } from "./values.ts";

/** What one row, or one column, is the sum of: others, times weights. */
type Line = readonly (readonly [index: number, weight: number])[];

/** All pairs of the rows and columns of which a pixel is made. */
function cross([b, c]: Place, rows: Line, columns: Line): ReturnType<Taps> {
  return rows.flatMap(([row, weight]) =>
    columns.map(([column, factor]) => [[b, c, row, column], weight * factor] as const)
  );
}

const BINOMIAL = [1, 4, 6, 4, 1].map((weight) => weight / 16);

/** The 5 x 5 binomial kernel; what lies outside is the image mirrored at its edge pixel. */
export function blurTaps([, , h, w]: Shape): Taps {
  const line = (index: number, size: number): Line =>
    BINOMIAL.map((weight, i) => {
      const inside = Math.abs(index + i - 2);
      return [inside < size ? inside : 2 * (size - 1) - inside, weight];
    });
  return (place) => cross(place, line(place[2], h), line(place[3], w));
}

/** The two pixels around a position, as linear interpolation weights them. */
function between(position: number, size: number): Line {
  const inside = Math.min(Math.max(position, 0), size - 1);
  const first = Math.floor(inside);
  return [[first, 1 - (inside - first)], [Math.min(first + 1, size - 1), inside - first]];
}

/** Bilinear resizing, pixels taken for squares whose centres lie at one half. */
export function resizeTaps([, , h, w]: Shape, height: number, width: number): Taps {
  const line = (index: number, from: number, to: number) =>
    between((index + 0.5) * from / to - 0.5, from);
  return (place) => cross(place, line(place[2], h, height), line(place[3], w, width));
}

/** Backward warping by a flow, whose channel `first` is dx and the next dy. */
export function warpTaps(flow: Values, first: number): Taps {
  const [, , h, w] = flow.shape;
  return (place) => {
    const [b, , row, column] = place;
    const [dx, dy] = [first, first + 1].map((channel) => pixel(flow, [b, channel, row, column]));
    return cross(place, between(row + dy, h), between(column + dx, w));
  };
}

/** A square window that moves over an image of h x w. */
export interface Window {
  readonly window: number;
  readonly stride: number;
  readonly padding: number;
}

/** The pixels in a window, the image's edge cutting it; each with weight 1. */
export function windowTaps([, , h, w]: Shape, { window, stride, padding }: Window): Taps {
  const line = (index: number, size: number): Line =>
    Array.from({ length: window }, (_, i) => [index * stride - padding + i, 1] as const)
      .filter(([at]) => at >= 0 && at < size);
  return (place) => cross(place, line(place[2], h), line(place[3], w));
}

/** One pixel of x, which `from` chooses; undefined is 0. */
export function oneTap(from: (place: Place) => Place | undefined): Taps {
  return (place) => {
    const at = from(place);
    return at ? [[at, 1]] : [];
  };
}
