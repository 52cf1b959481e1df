import assert from "assert";
import { gradient } from "../../src/autograd/gradient.ts";
import { scope } from "../../src/autograd/scope.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import * as ops from "../../src/autograd/ops/mod.ts";
import { assertClose } from "../support/assert_close.ts";
import { testDevice } from "../support/device.ts";
import { golden, type GoldenFile, readGolden, shape4 } from "../support/shared.ts";
import { readWhole } from "../support/values.ts";

const TOLERANCE = 1e-5;

type Metadata = Readonly<Record<string, string>>;
type Row = (x: readonly Tensor[], metadata: Metadata) => Tensor;

const conv = ({ stride, padding }: Metadata) => ({
  stride: Number(stride),
  padding: Number(padding),
});
const conv2d: Row = ([x, w, b], metadata) => ops.conv2d(x, w, b, conv(metadata));
const resize: Row = ([x], { scale }) => ops.resizeBilinear(x, Number(scale));

/** Each row: the golden file, its inputs in the order that the operation takes them. */
const ROWS: Readonly<Record<string, { inputs: string[]; run: Row }>> = {
  clamp01: { inputs: ["x"], run: ([x]) => ops.clamp(x, 0, 1) },
  conv2d_k3s1p1: { inputs: ["x", "w", "b"], run: conv2d },
  conv2d_k3s1p1_wide: { inputs: ["x", "w", "b"], run: conv2d },
  conv2d_k3s2p1: { inputs: ["x", "w", "b"], run: conv2d },
  conv2d_k4s1p0: { inputs: ["x", "w", "b"], run: conv2d },
  conv2d_k4s2p1: { inputs: ["x", "w", "b"], run: conv2d },
  conv_transpose2d_k4s2p1: {
    inputs: ["x", "w", "b"],
    run: ([x, w, b], metadata) => ops.convTranspose2d(x, w, b, conv(metadata)),
  },
  gaussian_blur_reflect: { inputs: ["x"], run: ([x]) => ops.gaussianBlur(x) },
  leaky_relu: {
    inputs: ["x"],
    run: ([x], metadata) => ops.leakyRelu(x, Number(metadata.negative_slope)),
  },
  prelu: { inputs: ["x", "a"], run: ([x, a]) => ops.prelu(x, a) },
  "resize_bilinear_x0.25": { inputs: ["x"], run: resize },
  "resize_bilinear_x0.5": { inputs: ["x"], run: resize },
  resize_bilinear_x2: { inputs: ["x"], run: resize },
  resize_bilinear_x4: { inputs: ["x"], run: resize },
  resize_bilinear_x8: { inputs: ["x"], run: resize },
  sigmoid: { inputs: ["input"], run: ([x]) => ops.sigmoid(x) },
  warp_backward: { inputs: ["x", "flow"], run: ([x, flow]) => ops.warp(x, flow) },
};

async function checkRow(name: string, { inputs, run }: typeof ROWS[string], file: GoldenFile) {
  const device = await testDevice();
  const { values, metadata } = file;
  const before = device.liveBytes;
  const tensor = (key: string) => {
    const t = Tensor.from(device, shape4(values[key].shape), values[key].data);
    t.requiresGrad = true;
    return t;
  };
  const secondOrder = `v_${inputs[0]}` in values;
  const results = scope(() => {
    const xs = inputs.map(tensor);
    const gy = tensor("gy");
    const y = run(xs, metadata);
    const found: Record<string, Tensor | undefined> = { y };
    const first = gradient(y, xs, { gradOutput: gy, createGraph: secondOrder });
    inputs.forEach((key, i) => found[`g_${key}`] = first[i]);
    if (secondOrder) {
      const terms = inputs.map((key, i) => ops.sum(ops.multiply(first[i]!, tensor(`v_${key}`))));
      const second = gradient(terms.reduce(ops.add), [...xs, gy]);
      [...inputs, "gy"].forEach((key, i) => found[`h_${key}`] = second[i]);
    }
    // Without their history, so that the scope frees all that led to them.
    return Object.fromEntries(Object.entries(found).map(([key, t]) => [key, t?.detach()]));
  });
  for (const [key, { data }] of Object.entries(values)) {
    if (!/^(y|[gh]_\w+)$/.test(key)) continue;
    // No gradient flows back to an input on which the result does not depend: that is 0.
    const result = results[key];
    const actual = result && await readWhole(result, `${name}: ${key}`);
    assertClose(actual?.data ?? new Float32Array(data.length), data, TOLERANCE, `${name}: ${key}`);
  }
  for (const t of new Set(Object.values(results))) t?.dispose();
  assert.equal(device.liveBytes, before, "memory is given back");
}

for (const [name, row] of Object.entries(ROWS)) {
  const path = golden(`ops/${name}.safetensors`);
  Deno.test({
    name: `${name} agrees with PyTorch in value and gradients, spare channels 0`,
    ignore: !path,
    fn: () => checkRow(name, row, readGolden(path!)),
  });
}

/** What nn_test.ts checks. */
const ELSEWHERE = ["adam", "laplacian_pyramid_levels", "laplacian_pyramid_loss"];

const folder = golden("ops");
Deno.test({
  name: "every file of golden/ops has a row",
  ignore: !folder,
  fn() {
    const files = [...Deno.readDirSync(folder!)].map(({ name }) => name);
    const rows = [...Object.keys(ROWS), ...ELSEWHERE].map((name) => `${name}.safetensors`);
    assert.deepEqual(files.sort(), rows.sort());
  },
});
