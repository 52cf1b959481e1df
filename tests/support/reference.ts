import { elements, type Shape } from "../../src/autograd/shape.ts";
import type { Values } from "./values.ts";

/** What an operation should answer, worked out in float64 from its inputs' numbers alone. */
export interface Expected {
  readonly shape: Shape;
  readonly data: ArrayLike<number>;
}

/** Batch, channel, row, column. */
export type Place = readonly [number, number, number, number];

/** A tensor of a function of each place. */
export function build(shape: Shape, value: (place: Place) => number): Expected {
  const [, c, h, w] = shape;
  const data = Float64Array.from({ length: elements(shape) }, (_, i) => {
    const [column, row] = [i % w, Math.floor(i / w) % h];
    return value([Math.floor(i / (w * h * c)), Math.floor(i / (w * h)) % c, row, column]);
  });
  return { shape, data };
}

function indexOf([, c, h, w]: Shape, [b, channel, y, x]: Place): number {
  return ((b * c + channel) * h + y) * w + x;
}

/** The value at a place; axes of size 1 are repeated. */
export function pixel({ shape, data }: Values, place: Place): number {
  const at = place.map((index, axis) => shape[axis] === 1 ? 0 : index) as unknown as Place;
  return data[indexOf(shape, at)];
}

/** A function of each element, the inputs repeated along their axes of size 1. */
export function each(f: (...values: number[]) => number): (...xs: Values[]) => Expected {
  return (...xs) => {
    const [first] = xs;
    const largest = first.shape.map((_, axis) => Math.max(...xs.map(({ shape }) => shape[axis])));
    return build(largest as unknown as Shape, (place) => f(...xs.map((x) => pixel(x, place))));
  };
}

/** The sum over the axes in which `shape` has size 1. */
export function summed(x: Values, shape: Shape): Expected {
  const sums = new Float64Array(elements(shape));
  build(x.shape, (place) => {
    const kept = place.map((index, axis) => shape[axis] === 1 ? 0 : index) as unknown as Place;
    return sums[indexOf(shape, kept)] += pixel(x, place);
  });
  return { shape, data: sums };
}

/** What a pixel is the sum of: pixels of another image, all of them within it, times weights. */
export type Taps = (place: Place) => readonly (readonly [from: Place, weight: number])[];

/** An image of `shape`, each pixel gathered from x. */
export function gathered(x: Values, shape: Shape, taps: Taps): Expected {
  return build(
    shape,
    (place) =>
      taps(place).reduce((sum, [from, weight]) => sum + weight * x.data[indexOf(x.shape, from)], 0),
  );
}

/** The transpose: an image of `shape` into which each pixel of g is scattered. */
export function scattered(g: Values, shape: Shape, taps: Taps): Expected {
  const sums = new Float64Array(elements(shape));
  build(g.shape, (place) => {
    for (const [from, weight] of taps(place)) {
      sums[indexOf(shape, from)] += weight * pixel(g, place);
    }
    return 0;
  });
  return { shape, data: sums };
}

interface Steps {
  readonly stride: number;
  readonly padding: number;
}

type Term = (x: number, weight: number, y: number) => void;

/**
 * Every term of sum(y * conv2d(x, weight)), once: the indices of its pixel of x [n,c,h,w], of its
 * weight [k,c,kh,kw] and of its pixel of y [n,k,h',w'].
 */
function eachTerm(x: Shape, weight: Shape, y: Shape, { stride, padding }: Steps, visit: Term) {
  const [outputs, inputs, kernelHeight, kernelWidth] = weight;
  build(y, ([b, output, row, column]) => {
    for (let input = 0; input < inputs; input++) {
      for (let tapY = 0; tapY < kernelHeight; tapY++) {
        for (let tapX = 0; tapX < kernelWidth; tapX++) {
          const from = [row * stride + tapY - padding, column * stride + tapX - padding] as const;
          if (from[0] < 0 || from[0] >= x[2] || from[1] < 0 || from[1] >= x[3]) continue;
          visit(
            indexOf(x, [b, input, ...from]),
            indexOf([outputs, inputs, kernelHeight, kernelWidth], [output, input, tapY, tapX]),
            indexOf(y, [b, output, row, column]),
          );
        }
      }
    }
    return 0;
  });
}

/** A bias per channel, or 0. */
function biased(shape: Shape, bias: Values | undefined): Float64Array {
  return Float64Array.from(build(shape, (place) => bias ? pixel(bias, place) : 0).data);
}

/** Cross-correlation, as torch.nn.functional.conv2d. */
export function convolved(
  x: Values,
  weight: Values,
  bias: Values | undefined,
  steps: Steps,
): Expected {
  const [outputs, , ...kernel] = weight.shape;
  const side = (axis: 0 | 1) =>
    Math.floor((x.shape[2 + axis] + 2 * steps.padding - kernel[axis]) / steps.stride) + 1;
  const shape: Shape = [x.shape[0], outputs, side(0), side(1)];
  const data = biased(shape, bias);
  eachTerm(x.shape, weight.shape, shape, steps, (i, tap, o) => {
    data[o] += x.data[i] * weight.data[tap];
  });
  return { shape, data };
}

/** Its transpose, as torch.nn.functional.conv_transpose2d, to a size that is given. */
export function convolvedBack(
  g: Values,
  weight: Values,
  bias: Values | undefined,
  steps: Steps,
  size: readonly [number, number],
): Expected {
  const shape: Shape = [g.shape[0], weight.shape[1], ...size];
  const data = biased(shape, bias);
  eachTerm(shape, weight.shape, g.shape, steps, (i, tap, o) => {
    data[i] += g.data[o] * weight.data[tap];
  });
  return { shape, data };
}

/** The gradient of sum(g * conv2d(x, weight)) for the weight. */
export function correlated(
  x: Values,
  g: Values,
  steps: Steps,
  kernel: readonly [number, number],
): Expected {
  const shape: Shape = [g.shape[1], x.shape[1], ...kernel];
  const data = new Float64Array(elements(shape));
  eachTerm(x.shape, shape, g.shape, steps, (i, tap, o) => {
    data[tap] += x.data[i] * g.data[o];
  });
  return { shape, data };
}
