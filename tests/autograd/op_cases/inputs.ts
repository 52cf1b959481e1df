import type { Shape } from "../../../src/autograd/shape.ts";
import { randomValues, type Values } from "../../support/values.ts";

/** Two images of five channels, so that three are spare. */
export const X: Shape = [2, 5, 3, 4];
export const PER_CHANNEL: Shape = [1, 5, 1, 1];

/** {@link X} with every subset of its axes cut down to 1. */
export const PARTS_OF_X = Array.from(
  { length: 16 },
  (_, mask) => X.map((size, axis) => (mask >> axis) & 1 ? 1 : size) as unknown as Shape,
);

/** Numbers of which none is between -0.3 and 0.3. */
export function farFromZero(shape: Shape): Values {
  const { data } = randomValues("far from zero", shape);
  return { shape, data: data.map((v) => v < 0 ? 0.7 * v - 0.3 : 0.7 * v + 0.3) };
}

/** Numbers of which none is between -0.3 and 0.3, nor between 1 and 2. */
export function inThreeParts(shape: Shape): Values {
  return { shape, data: farFromZero(shape).data.map((v, i) => i % 3 === 0 ? v + 3 : v) };
}

/** Numbers from -0.1 to 0.1. */
export function small(shape: Shape): Values {
  return { shape, data: randomValues("small", shape).data.map((v) => v / 10) };
}

/** Numbers from 0.5 to 1.5. */
export function positive(shape: Shape): Values {
  return { shape, data: randomValues("positive", shape).data.map((v) => 1 + v / 2) };
}

/** These numbers, a channel each. */
export function numbers(...data: number[]): Values {
  return { shape: [1, data.length, 1, 1], data: Float32Array.from(data) };
}

/** Shifts that end amid four pixels, so that a small step stays between the same ones; or outside. */
export function shifts(shape: Shape): Values {
  const { data } = randomValues("shifts", shape);
  return { shape, data: data.map((v) => Math.round(3 * v) + 0.5 + 0.3 * v) };
}
