import assert from "assert";
import type { ConvolutionKernelName } from "../../src/autograd/ops/convolution_choice.ts";
import {
  type ConvolutionOptions,
  runConvolution,
} from "../../src/autograd/ops/convolution_kernels.ts";
import { hasSubgroupsOf8 } from "../../src/autograd/ops/dispatch.ts";
import { noGrad } from "../../src/autograd/op.ts";
import type { Shape } from "../../src/autograd/shape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { assertClose } from "../support/assert_close.ts";
import { testDevice } from "../support/device.ts";
import { readWhole } from "../support/values.ts";
import { Formula } from "../support/formula.ts";

/** Of the largest magnitude; the direct kernels are within 2e-6 of float64. */
const TOLERANCE = 4e-6;

const device = await testDevice();
/** Those that run here: one multiplies in subgroups of 8, one in workgroup memory. */
const WINOGRADS = hasSubgroupsOf8(device)
  ? ["winograd", "winogradTiled"] as const
  : ["winogradTiled"] as const;
const formula = new Formula(0);

function tensor(name: string, shape: Shape): Tensor {
  const count = shape.reduce((a, b) => a * b);
  return Tensor.from(device, shape, formula.values(`${name} ${shape}`, count));
}

interface Case {
  readonly x: Shape;
  readonly outputs: number;
  readonly transposed?: boolean;
  /** 2: the transposed convolution with a kernel of 4x4. */
  readonly stride?: 1 | 2;
  /** Rows and columns of the result more than the smallest. */
  readonly extra?: number;
  readonly bias?: boolean;
  readonly slope?: boolean;
}

/** Holds Winograd's result against the plain kernel's. */
async function compare(
  { x: shape, outputs, stride = 1, transposed = stride === 2, extra = 0, ...fused }: Case,
  tolerance = TOLERANCE,
): Promise<void> {
  const [batch, inputs, ...from] = shape;
  const [height, width] = from.map((side) => stride * side + extra);
  const x = tensor("x", shape);
  const taps = [stride + 2, stride + 2] as const;
  const weight = tensor("w", transposed ? [inputs, outputs, ...taps] : [outputs, inputs, ...taps]);
  const vectors = ["bias", "slope"].map((name) => tensor(name, [1, outputs, 1, 1]));
  const options: ConvolutionOptions = {
    stride,
    padding: 1,
    transposed,
    bias: fused.bias ? vectors[0] : undefined,
    slope: fused.slope ? vectors[1] : undefined,
  };
  const result = async (kernel: ConvolutionKernelName) => {
    const y = Tensor.empty(device, [batch, outputs, height, width]);
    runConvolution(device, x, weight, y, { ...options, kernel });
    const { data } = await readWhole(y, kernel);
    y.dispose();
    return data;
  };
  const what = `x [${shape}], ${outputs} outputs`;
  const expected = await result("plain");
  for (const kernel of WINOGRADS) {
    assertClose(await result(kernel), expected, tolerance, `${kernel}: ${what}`);
  }
  for (const t of [x, weight, ...vectors]) t.dispose();
}

const test = (name: string, fn: () => Promise<void>) => Deno.test({ name, fn });

test("Winograd's result is the plain kernel's for images of whole tiles", async () => {
  await compare({ x: [1, 4, 4, 4], outputs: 4 });
  await compare({ x: [1, 8, 16, 32], outputs: 32 });
});

test("Winograd crops tiles that reach over an image's edge", async () => {
  for (const [height, width] of [[1, 1], [2, 9], [5, 3], [7, 6], [13, 18], [33, 35]]) {
    await compare({ x: [1, 5, height, width], outputs: 6 });
  }
});

test("Winograd takes 1 to 9 channels in and out", async () => {
  for (let channels = 1; channels <= 9; channels++) {
    await compare({ x: [1, channels, 7, 10], outputs: 10 - channels });
  }
});

test("Winograd keeps the images of a batch apart", async () => {
  await compare({ x: [2, 3, 6, 11], outputs: 5 });
  await compare({ x: [3, 7, 9, 5], outputs: 2 });
});

test("Winograd stays exact over hundreds of channels", async () => {
  await compare({ x: [1, 90, 16, 16], outputs: 90 });
  await compare({ x: [3, 150, 19, 22], outputs: 33 });
  await compare({ x: [1, 240, 16, 16], outputs: 240 });
});

test("Winograd adds the bias and applies the PReLU", async () => {
  for (const [bias, slope] of [[true, false], [false, true], [true, true]]) {
    await compare({ x: [2, 6, 9, 14], outputs: 35, bias, slope });
  }
});

test("Winograd computes the transposed convolution with mirrored taps", async () => {
  await compare({ x: [2, 7, 10, 9], outputs: 5, transposed: true });
  await compare({ x: [1, 90, 16, 16], outputs: 70, transposed: true, bias: true });
});

test("Winograd computes the transposed 4x4 convolution of stride 2 in its four phases", async () => {
  await compare({ x: [1, 8, 10, 15], outputs: 8, stride: 2 });
  await compare({ x: [2, 90, 16, 16], outputs: 70, stride: 2, bias: true, slope: true });
});

test("Winograd's phases are cropped where tiles reach over an image's edge", async () => {
  for (const [height, width] of [[1, 1], [2, 9], [5, 3], [4, 6], [13, 18]]) {
    for (const extra of [0, 1]) {
      await compare({ x: [2, 5, height, width], outputs: 6, stride: 2, extra });
    }
  }
});

test("Winograd's phases take 1 to 9 channels in and out", async () => {
  for (let channels = 1; channels <= 9; channels++) {
    const slope = channels % 2 === 0;
    await compare({ x: [1, channels, 7, 10], outputs: 10 - channels, stride: 2, slope });
  }
});

test("Winograd's phases stay exact over hundreds of channels", async () => {
  await compare({ x: [1, 240, 16, 16], outputs: 5, stride: 2 });
  await compare({ x: [1, 512, 16, 16], outputs: 128, stride: 2 }, 8e-6);
});

test("Winograd computes a large batch in parts", async () => {
  await compare({ x: [16, 32, 64, 64], outputs: 1 });
  await compare({ x: [16, 32, 64, 64], outputs: 1, stride: 2 });
});

test("Winograd gives its memory back, and a parameter's transformed weights with it", async () => {
  const before = device.liveBytes;
  await compare({ x: [1, 9, 21, 8], outputs: 12 });
  assert.equal(device.liveBytes, before, "nothing is kept for a weight that is not a parameter");

  const x = tensor("x", [1, 9, 8, 8]);
  const weight = tensor("w", [12, 9, 3, 3]);
  weight.derived = new Map();
  const y = Tensor.empty(device, [1, 12, 8, 8]);
  const empty = device.liveBytes;
  const options = { stride: 1, padding: 1, transposed: false, kernel: WINOGRADS[0] } as const;
  runConvolution(device, x, weight, y, options);
  assert.equal(device.liveBytes, empty, "a history needs them once");
  noGrad(() => runConvolution(device, x, weight, y, options));
  const kept = device.liveBytes;
  noGrad(() => runConvolution(device, x, weight, y, options));
  assert.ok(kept > empty);
  assert.equal(device.liveBytes, kept, "the transformed weights are used again");
  for (const t of [x, weight, y]) t.dispose();
  assert.equal(device.liveBytes, before);
});
