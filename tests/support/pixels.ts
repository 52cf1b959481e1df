import { elements, type Shape } from "../../src/autograd/shape.ts";
import type { Values } from "./check_gradients.ts";

/** Batch, channel, row, column. */
export type Place = readonly [number, number, number, number];

/** The values of a function of each place, in float64. */
export function build([n, c, h, w]: Shape, value: (place: Place) => number): number[] {
  return Array.from({ length: elements([n, c, h, w]) }, (_, i) => {
    const [column, row] = [i % w, Math.floor(i / w) % h];
    return value([Math.floor(i / (w * h * c)), Math.floor(i / (w * h)) % c, row, column]);
  });
}

/** The value at a place; axes of size 1 are repeated, and outside there is nothing. */
export function pixel({ shape: [n, c, h, w], data }: Values, [b, channel, y, x]: Place): number {
  const index = (at: number, size: number) => size === 1 ? 0 : at;
  const row = index(b, n) * c + index(channel, c);
  return data[(row * h + index(y, h)) * w + index(x, w)];
}
