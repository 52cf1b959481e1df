import assert from "assert";
import type { ConvolutionKernelName } from "../../src/autograd/ops/convolution_choice.ts";
import {
  type ConvolutionOptions,
  runConvolution,
} from "../../src/autograd/ops/convolution_kernels.ts";
import { hasSubgroupsOf8 } from "../../src/autograd/ops/dispatch.ts";
import type { Shape } from "../../src/autograd/shape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { assertClose } from "../support/assert_close.ts";
import { testDevice } from "../support/device.ts";
import { Formula } from "../support/formula.ts";
import { readWhole } from "../support/values.ts";

const SUBGROUP_KERNELS = [
  "subgroup16x4",
  "subgroup32x4",
  "subgroup8x8",
] as const satisfies readonly ConvolutionKernelName[];

const FORMS = {
  "3x3": { kernel: 3, stride: 1, padding: 1, transposed: false },
  "3x3 of stride 2": { kernel: 3, stride: 2, padding: 1, transposed: false },
  "4x4 of stride 2": { kernel: 4, stride: 2, padding: 1, transposed: false },
  "4x4 without padding": { kernel: 4, stride: 1, padding: 0, transposed: false },
  "1x1": { kernel: 1, stride: 1, padding: 0, transposed: false },
  "transposed 4x4 of stride 2": { kernel: 4, stride: 2, padding: 1, transposed: true },
  "transposed 3x3 of stride 2": { kernel: 3, stride: 2, padding: 1, transposed: true },
  "transposed 5x5 of stride 3": { kernel: 5, stride: 3, padding: 1, transposed: true },
  "transposed 1x1 of stride 2": { kernel: 1, stride: 2, padding: 0, transposed: true },
  "transposed 3x3": { kernel: 3, stride: 1, padding: 1, transposed: true },
};
type Form = typeof FORMS["3x3"];

const formula = new Formula(0);

/** Sizes that are odd, smaller than a tile, and just over one. */
const CASES = [
  { batch: 1, inputs: 1, outputs: 1, height: 5, width: 4 },
  { batch: 5, inputs: 9, outputs: 7, height: 7, width: 13 },
  { batch: 2, inputs: 4, outputs: 33, height: 9, width: 8 },
  { batch: 3, inputs: 6, outputs: 17, height: 4, width: 35 },
  { batch: 1, inputs: 8, outputs: 16, height: 17, width: 17 },
  { batch: 4, inputs: 3, outputs: 5, height: 6, width: 11 },
  { batch: 1, inputs: 5, outputs: 70, height: 6, width: 7 },
  { batch: 2, inputs: 35, outputs: 19, height: 5, width: 6 },
];
type Case = typeof CASES[0];

function shapes(form: Form, { batch, inputs, outputs, height, width }: Case) {
  const { kernel, stride, padding, transposed } = form;
  const size = (length: number): number =>
    transposed
      ? (length - 1) * stride - 2 * padding + kernel
      : Math.floor((length + 2 * padding - kernel) / stride) + 1;
  const [first, second] = transposed ? [inputs, outputs] : [outputs, inputs];
  const x: Shape = [batch, inputs, height, width];
  const weight: Shape = [first, second, kernel, kernel];
  const y: Shape = [batch, outputs, size(height), size(width)];
  return { x, weight, y };
}

/** y[k] = bias[k] + every product of a pixel and a weight, added where it belongs, in float64. */
function reference(
  form: Form,
  { x, weight, y }: ReturnType<typeof shapes>,
  values: Readonly<Record<"x" | "weight" | "bias" | "slope", Float32Array>>,
): Float64Array {
  const { stride, padding, transposed, kernel } = form;
  const result = new Float64Array(y.reduce((a, b) => a * b));
  const [outputs, inputs] = [y[1], x[1]];
  // The smaller of both images is the one that the kernel steps over.
  const [steps, full] = transposed ? [x, y] : [y, x];
  for (let i = 0; i < x[0] * outputs * inputs * steps[2] * steps[3] * kernel * kernel; i++) {
    let rest = i;
    const next = (size: number) => {
      const digit = rest % size;
      rest = Math.floor(rest / size);
      return digit;
    };
    const [tapX, tapY, column, row] = [next(kernel), next(kernel), next(steps[3]), next(steps[2])];
    const [input, output, batch] = [next(inputs), next(outputs), rest];
    const [fullRow, fullColumn] = [row * stride + tapY - padding, column * stride + tapX - padding];
    if (fullRow < 0 || fullRow >= full[2] || fullColumn < 0 || fullColumn >= full[3]) continue;
    const place = (shape: Shape, channel: number) => {
      const [r, c] = shape === steps ? [row, column] : [fullRow, fullColumn];
      return ((batch * shape[1] + channel) * shape[2] + r) * shape[3] + c;
    };
    const [first, second] = transposed ? [input, output] : [output, input];
    const w = values.weight[((first * weight[1] + second) * kernel + tapY) * kernel + tapX];
    result[place(y, output)] += w * values.x[place(x, input)];
  }
  const area = y[2] * y[3];
  return result.map((sum, i) => {
    const channel = Math.floor(i / area) % outputs;
    const v = sum + values.bias[channel];
    return v > 0 ? v : v * values.slope[channel];
  });
}

/** What was computed for one kernel serves the others. */
const references = new Map<string, Float64Array>();

async function check(name: ConvolutionKernelName, form: Form, sizes: Case): Promise<void> {
  const device = await testDevice();
  const { x, weight, y } = shapes(form, sizes);
  const vector: Shape = [1, sizes.outputs, 1, 1];
  const values = (key: string, shape: Shape) =>
    formula.values(`${key} ${shape}`, shape.reduce((a, b) => a * b));
  const all = {
    x: values("x", x),
    weight: values("weight", weight),
    bias: values("bias", vector),
    // The sum of parts takes no PReLU; with slopes of 1 there is none.
    slope: name === "tiledInParts"
      ? new Float32Array(sizes.outputs).fill(1)
      : values("slope", vector),
  };
  const tensors = {
    x: Tensor.from(device, x, all.x),
    weight: Tensor.from(device, weight, all.weight),
    bias: Tensor.from(device, vector, all.bias),
    slope: Tensor.from(device, vector, all.slope),
    y: Tensor.empty(device, y),
  };
  const { bias } = tensors;
  const slope = name === "tiledInParts" ? undefined : tensors.slope;
  const options: ConvolutionOptions = { ...form, bias, slope, kernel: name };
  runConvolution(device, tensors.x, tensors.weight, tensors.y, options);
  const way = `stride ${form.stride}${form.transposed ? ", transposed" : ""}`;
  const what = `x [${x}], weight [${weight}] to [${y}], ${way}${slope ? ", PReLU" : ""}`;
  const expected = references.get(what) ?? reference(form, { x, weight, y }, all);
  references.set(what, expected);
  const { data } = await readWhole(tensors.y, `${name}: ${what}`);
  assertClose(data, expected, 2e-6, what);
  for (const t of Object.values(tensors)) t.dispose();
}

const TILED_KERNELS = ["tiled16", "tiled32", "tiledInParts"] as const;
const device = await testDevice();
for (const name of ["plain", ...TILED_KERNELS, ...SUBGROUP_KERNELS] as const) {
  for (const [what, form] of Object.entries(FORMS)) {
    Deno.test({
      name: `the ${name} kernel convolves ${what} as float64 arithmetic does`,
      ignore: name.startsWith("subgroup") && !hasSubgroupsOf8(device),
      async fn() {
        for (const sizes of CASES) await check(name, form, sizes);
      },
    });
  }
}

Deno.test("the whole kernel takes an image's products with kernels of its size as float64 does", async () => {
  const form = { kernel: 4, stride: 1, padding: 0, transposed: false };
  for (const [batch, inputs, outputs] of [[1, 1, 1], [3, 9, 5], [2, 70, 4], [1, 33, 9]]) {
    await check("whole", form, { batch, inputs, outputs, height: 4, width: 4 });
  }
});

Deno.test("channels summed in parts are the same sum, a PReLU applied to the whole of it", async () => {
  const device = await testDevice();
  const [x, weight, slope] = [[2, 150, 5, 5], [37, 150, 3, 3], [1, 37, 1, 1]].map((shape) =>
    Tensor.from(
      device,
      shape as unknown as Shape,
      formula.values(`parts ${shape}`, elements(shape)),
    )
  );
  const result = async (kernel: ConvolutionKernelName) => {
    const y = Tensor.empty(device, [2, 37, 5, 5]);
    const way = { stride: 1, padding: 1, transposed: false };
    runConvolution(device, x, weight, y, { ...way, slope, kernel });
    const values = await y.read();
    y.dispose();
    return values;
  };
  assert.deepEqual(await result("tiledInParts"), await result("tiled32"));
  for (const tensor of [x, weight, slope]) tensor.dispose();
});

function elements(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b);
}
