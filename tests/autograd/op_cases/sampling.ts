import * as ops from "../../../src/autograd/ops/mod.ts";
import type { Shape } from "../../../src/autograd/shape.ts";
import type { Case, OpCases } from "../../support/check_op.ts";
import { build, gathered, pixel, scattered, type Taps } from "../../support/reference.ts";
import { blurTaps, resizeTaps, warpTaps, type Window, windowTaps } from "../../support/taps.ts";
import type { Values } from "../../support/values.ts";
import { shifts } from "./inputs.ts";

/** The taps with all their weights times `gain`. */
const times = (gain: number, taps: Taps): Taps => (place) =>
  taps(place).map(([from, weight]) => [from, gain * weight]);

const BLURRED: Shape = [2, 5, 3, 7];

function resize(x: Shape, scale: number, gain: number, [height, width]: readonly number[]): Case {
  const taps = times(gain, resizeTaps(x, height, width));
  return {
    inputs: [x],
    run: (x) => ops.resizeBilinear(x, scale, gain),
    expected: (values) => gathered(values, [x[0], x[1], height, width], taps),
  };
}

function resizeTo(x: Shape, height: number, width: number): Case {
  return {
    inputs: [x],
    run: (x) => ops.resizeBilinearTo(x, height, width),
    expected: (values) =>
      gathered(values, [x[0], x[1], height, width], resizeTaps(x, height, width)),
  };
}

function resizeTranspose(g: Shape, height: number, width: number, gain: number): Case {
  const shape: Shape = [g[0], g[1], height, width];
  const taps = times(gain, resizeTaps(shape, g[2], g[3]));
  return {
    inputs: [g],
    run: (g) => ops.resizeBilinearTranspose(g, height, width, gain),
    expected: (values) => scattered(values, shape, taps),
  };
}

function warp(x: Shape, flow: Shape, from: 0 | 2): Case {
  return {
    inputs: [x, shifts(flow)],
    run: (x, flow) => ops.warp(x, flow, from),
    expected: (x, flow) => gathered(x, x.shape, warpTaps(flow, from)),
    // What positions lose in float32.
    tolerance: 2e-6,
  };
}

const WINDOWS: readonly (readonly [x: Shape, window: Window, result: readonly [number, number]])[] =
  [
    [[2, 5, 6, 7], { window: 3, stride: 2, padding: 1 }, [3, 4]],
    [[1, 9, 5, 6], { window: 3, stride: 1, padding: 1 }, [5, 6]],
    [[2, 3, 7, 4], { window: 2, stride: 2, padding: 0 }, [3, 2]],
  ];

const maxPools = WINDOWS.map(([x, window, result]): Case => ({
  inputs: [x],
  run: (x) => ops.maxPool2d(x, window),
  expected: (values) => {
    const taps = windowTaps(x, window);
    return build(
      [x[0], x[1], ...result],
      (place) => Math.max(...taps(place).map(([from]) => pixel(values, from))),
    );
  },
  tolerance: 0,
}));

function averagePool(countPadding: boolean): Case[] {
  return WINDOWS.map(([x, window, result]) => {
    const inside = windowTaps(x, window);
    const taps: Taps = (place) => {
      const pixels = inside(place);
      const count = countPadding ? window.window ** 2 : pixels.length;
      return pixels.map(([from]) => [from, 1 / count]);
    };
    return {
      inputs: [x],
      run: (x) => ops.averagePool2d(x, { ...window, countPadding }),
      expected: (values: Values) => gathered(values, [x[0], x[1], ...result], taps),
    };
  });
}

export const SAMPLING = {
  gaussianBlur: {
    gradients: "second order",
    cases: [{
      inputs: [BLURRED],
      run: (x) => ops.gaussianBlur(x, 4),
      expected: (x) => gathered(x, BLURRED, times(4, blurTaps(BLURRED))),
    }],
  },
  gaussianBlurTranspose: {
    gradients: "second order",
    cases: [{
      inputs: [BLURRED],
      run: (g) => ops.gaussianBlurTranspose(g, 4),
      expected: (g) => scattered(g, BLURRED, times(4, blurTaps(BLURRED))),
    }],
  },
  resizeBilinear: {
    gradients: "second order",
    cases: [
      resize([2, 5, 7, 9], 0.5, 0.25, [3, 4]),
      resize([2, 5, 3, 5], 4, 1, [12, 20]),
      resize([1, 1, 5, 7], 1.3, 1, [6, 9]),
      resize([1, 1, 11, 10], 0.3, 1, [3, 3]),
      resize([1, 1, 1, 1], 3, 1, [3, 3]),
    ],
  },
  resizeBilinearTo: { gradients: "second order", cases: [resizeTo([2, 5, 7, 9], 4, 12)] },
  resizeBilinearTranspose: {
    gradients: "second order",
    cases: [resizeTranspose([2, 5, 3, 4], 7, 9, 2), resizeTranspose([1, 1, 7, 9], 3, 4, 1)],
  },
  warp: {
    gradients: "first order",
    cases: [
      warp([2, 5, 6, 7], [2, 2, 6, 7], 0),
      warp([2, 1, 5, 4], [2, 4, 5, 4], 2),
      warp([1, 9, 5, 4], [1, 4, 5, 4], 0),
    ],
  },
  maxPool2d: { gradients: "refused", cases: maxPools },
  averagePool2d: { gradients: "refused", cases: [...averagePool(true), ...averagePool(false)] },
} satisfies Record<string, OpCases>;
