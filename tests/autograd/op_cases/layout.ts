import * as ops from "../../../src/autograd/ops/mod.ts";
import type { Shape } from "../../../src/autograd/shape.ts";
import type { Case, OpCases } from "../../support/check_op.ts";
import { build, gathered, pixel, type Place, scattered } from "../../support/reference.ts";
import { oneTap } from "../../support/taps.ts";

// All of these move numbers and change none.
const tolerance = 0;

function concat(...counts: number[]): Case {
  return {
    inputs: counts.map((count): Shape => [2, count, 2, 3]),
    run: (...xs) => ops.concat(xs),
    expected: (...xs) =>
      build([2, counts.reduce((a, b) => a + b), 2, 3], ([b, channel, y, x]) => {
        let rest = channel;
        const part = xs.find(({ shape: [, c] }) => rest < c || (rest -= c, false))!;
        return pixel(part, [b, rest, y, x]);
      }),
    tolerance,
  };
}

function slice(from: number, count: number): Case {
  return {
    inputs: [[2, 11, 2, 3]],
    run: (x) => ops.sliceChannels(x, from, count),
    expected: (x) =>
      build([2, count, 2, 3], ([b, c, y, column]) => pixel(x, [b, c + from, y, column])),
    tolerance,
  };
}

function embed(count: number, from: number, channels: number): Case {
  return {
    inputs: [[2, count, 2, 3]],
    run: (x) => ops.embedChannels(x, from, channels),
    expected: (x) =>
      gathered(
        x,
        [2, channels, 2, 3],
        oneTap(([b, c, y, column]) =>
          c >= from && c < from + count ? [b, c - from, y, column] : undefined
        ),
      ),
    tolerance,
  };
}

const everySecond = oneTap(([b, c, y, x]: Place) => [b, c, 2 * y, 2 * x]);

function decimate(h: number, w: number): Case {
  return {
    inputs: [[2, 5, h, w]],
    run: ops.decimate,
    expected: (x) => gathered(x, [2, 5, Math.ceil(h / 2), Math.ceil(w / 2)], everySecond),
    tolerance,
  };
}

function insertZeros(h: number, w: number): Case {
  return {
    inputs: [[2, 5, Math.ceil(h / 2), Math.ceil(w / 2)]],
    run: (x) => ops.insertZeros(x, h, w),
    expected: (x) => scattered(x, [2, 5, h, w], everySecond),
    tolerance,
  };
}

function reframe([n, c, h, w]: Shape, top: number, left: number, [height, width]: number[]): Case {
  const from = ([b, channel, row, column]: Place): Place | undefined => {
    const [y, x] = [row - top, column - left];
    return y >= 0 && y < h && x >= 0 && x < w ? [b, channel, y, x] : undefined;
  };
  return {
    inputs: [[n, c, h, w]],
    run: (x) => ops.reframe(x, { top, left, height, width }),
    expected: (x) => gathered(x, [n, c, height, width], oneTap(from)),
    tolerance,
  };
}

function selectBatch(...entries: number[]): Case {
  return {
    inputs: [[4, 5, 3, 2]],
    run: (x) => ops.selectBatch(x, entries),
    expected: (x) =>
      build([entries.length, 5, 3, 2], ([b, ...at]) => pixel(x, [entries[b], ...at])),
    tolerance,
  };
}

const SIDES = [[1, 1], [2, 5], [5, 6], [7, 7]] as const;

export const LAYOUT = {
  concat: {
    gradients: "second order",
    cases: [concat(3, 6, 2), concat(4, 8, 1), {
      inputs: [[1, 3, 2, 2]],
      run: (x) => ops.concat([x, x]),
      expected: (x) => build([1, 6, 2, 2], ([b, c, ...at]) => pixel(x, [b, c % 3, ...at])),
      tolerance,
    }],
    values: [concat(1, 1, 1, 1, 1), concat(5, 4), concat(7)],
  },
  sliceChannels: {
    gradients: "second order",
    cases: [slice(3, 6), slice(4, 7), slice(8, 2)],
    values: [slice(0, 11), slice(0, 3), slice(4, 4), slice(10, 1)],
  },
  embedChannels: {
    gradients: "second order",
    cases: [embed(6, 3, 11), embed(6, 4, 10), embed(3, 8, 13)],
    values: [
      ...[embed(11, 0, 11), embed(11, 0, 13), embed(11, 3, 14), embed(11, 4, 15)],
      ...[embed(11, 8, 24), embed(11, 5, 16)],
    ],
  },
  decimate: {
    gradients: "second order",
    cases: [decimate(5, 6)],
    values: SIDES.map(([h, w]) => decimate(h, w)),
  },
  insertZeros: {
    gradients: "second order",
    cases: [insertZeros(5, 6)],
    values: SIDES.map(([h, w]) => insertZeros(h, w)),
  },
  reframe: {
    gradients: "second order",
    cases: [
      reframe([2, 5, 3, 4], 1, 2, [5, 7]),
      reframe([2, 5, 6, 7], -2, -1, [3, 5]),
      reframe([1, 1, 4, 4], -1, 2, [4, 4]),
    ],
  },
  selectBatch: {
    gradients: "refused",
    cases: [selectBatch(1, 2, 3, 0, 0)],
    values: [selectBatch(2), selectBatch(3, 2, 1, 0)],
  },
} satisfies Record<string, OpCases>;
