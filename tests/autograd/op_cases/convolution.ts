import * as ops from "../../../src/autograd/ops/mod.ts";
import type { Case, OpCases } from "../../support/check_op.ts";
import {
  convolved,
  convolvedBack,
  correlated,
  each,
  type Expected,
} from "../../support/reference.ts";
import type { Values } from "../../support/values.ts";

const STRIDED = { stride: 2, padding: 1 };
const SAME = { stride: 1, padding: 1 };
const NARROW = { stride: 1, padding: 0 };

const prelu = each((v, slope) => v > 0 ? v : slope * v);
const sum = each((a, b) => a + b);
const values = ({ shape, data }: Expected): Values => ({ shape, data: Float32Array.from(data) });

const STRIDED_INPUTS: Case["inputs"] = [[2, 5, 6, 7], [6, 5, 3, 3], [1, 6, 1, 1]];
const TRANSPOSED_INPUTS: Case["inputs"] = [[2, 5, 3, 4], [5, 6, 4, 4], [1, 6, 1, 1]];

export const CONVOLUTION = {
  conv2d: {
    gradients: "second order",
    cases: [{
      inputs: STRIDED_INPUTS,
      run: (x, w, b) => ops.conv2d(x, w, b, STRIDED),
      expected: (x, w, b) => convolved(x, w, b, STRIDED),
    }, {
      inputs: [[1, 3, 5, 4], [2, 3, 2, 3]],
      run: (x, w) => ops.conv2d(x, w, undefined, NARROW),
      expected: (x, w) => convolved(x, w, undefined, NARROW),
    }, {
      inputs: [[1, 5, 6, 7], [6, 5, 3, 3], [1, 6, 1, 1]],
      run: (x, w, b) => ops.conv2d(x, w, b, SAME),
      expected: (x, w, b) => convolved(x, w, b, SAME),
      tolerance: 2e-6,
    }],
    values: [{
      inputs: [[2, 9, 16, 17], [10, 9, 3, 3], [1, 10, 1, 1]],
      run: (x, w, b) => ops.conv2d(x, w, b, SAME),
      expected: (x, w, b) => convolved(x, w, b, SAME),
      tolerance: 2e-6,
    }],
  },
  convTranspose2d: {
    gradients: "second order",
    cases: [{
      inputs: TRANSPOSED_INPUTS,
      run: (x, w, b) => ops.convTranspose2d(x, w, b, STRIDED),
      expected: (x, w, b) => convolvedBack(x, w, b, STRIDED, [6, 8]),
    }, {
      inputs: [[1, 3, 3, 3], [3, 2, 3, 3]],
      run: (x, w) => ops.convTranspose2d(x, w, undefined, { ...STRIDED, outputSize: [6, 5] }),
      expected: (x, w) => convolvedBack(x, w, undefined, STRIDED, [6, 5]),
    }],
  },
  conv2dWeightGradient: {
    gradients: "second order",
    cases: [{
      inputs: [[2, 5, 6, 7], [2, 6, 3, 4]],
      run: (x, g) => ops.conv2dWeightGradient(x, g, { ...STRIDED, kernelSize: [3, 3] }),
      expected: (x, g) => correlated(x, g, STRIDED, [3, 3]),
    }],
  },
  conv2dPrelu: {
    gradients: "refused",
    cases: [{
      inputs: [...STRIDED_INPUTS, [1, 6, 1, 1]],
      run: (x, w, b, slope) => ops.conv2dPrelu(x, w, b, slope, STRIDED),
      expected: (x, w, b, slope) => prelu(values(convolved(x, w, b, STRIDED)), slope),
    }, {
      inputs: [...STRIDED_INPUTS, [1, 6, 1, 1], [2, 6, 3, 4]],
      run: (x, w, b, slope, plus) => ops.conv2dPrelu(x, w, b, slope, STRIDED, { plus }),
      expected: (x, w, b, slope, plus) =>
        sum(values(prelu(values(convolved(x, w, b, STRIDED)), slope)), plus),
    }],
  },
  convTranspose2dPrelu: {
    gradients: "refused",
    cases: [{
      inputs: [...TRANSPOSED_INPUTS, [1, 6, 1, 1]],
      run: (x, w, b, slope) => ops.convTranspose2dPrelu(x, w, b, slope, STRIDED),
      expected: (x, w, b, slope) => prelu(values(convolvedBack(x, w, b, STRIDED, [6, 8])), slope),
    }],
  },
} satisfies Record<string, OpCases>;
