import assert from "assert";
import { featureFormat, noGrad, withFeatures } from "../../src/autograd/op.ts";
import type { ConvolutionKernelName } from "../../src/autograd/ops/convolution_choice.ts";
import { runConvolution } from "../../src/autograd/ops/convolution_kernels.ts";
import { convert } from "../../src/autograd/ops/copy_kernel.ts";
import { hasSubgroupsOf8 } from "../../src/autograd/ops/dispatch.ts";
import * as ops from "../../src/autograd/ops/mod.ts";
import { packedQuads, type Shape } from "../../src/autograd/shape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { Device } from "../../src/gpu/device.ts";
import { testAdapter } from "../support/adapter.ts";
import { assertClose } from "../support/assert_close.ts";
import { inputsOf } from "../support/check_op.ts";
import { randomValues, type Values } from "../support/values.ts";
import { OP_CASES } from "./op_cases.ts";

const adapter = await testAdapter();
const ignore = !adapter.features.includes("shader-f16");
const device = await Device.open(adapter);
globalThis.addEventListener("unload", () => device.close());

/** Half a step of 11 bits, of the largest number. */
const ROUNDING = 2 ** -11;

/** Values in half precision. */
function halves({ shape, data }: Values, on = device): Tensor {
  const wide = Tensor.from(on, shape, data);
  const half = Tensor.empty(on, shape, "f16");
  convert(on, wide.storage, half.storage, packedQuads(shape));
  wide.dispose();
  return half;
}

/** The same numbers in f32. */
async function widened(half: Tensor): Promise<Tensor> {
  return Tensor.from(half.device, half.shape, await half.read());
}

for (const [name, { cases }] of Object.entries(OP_CASES)) {
  Deno.test({
    name: `${name}() of halves rounds its result, or keeps it in f32`,
    ignore,
    async fn() {
      for (const one of cases) {
        const { run } = one;
        const xs = inputsOf(one).map((values) => halves(values));
        const wide = await Promise.all(xs.map(widened));
        const [y, expected] = noGrad(() => [run(...xs), run(...wide)]);
        // A mean is two operations, each of which rounds.
        const half = name === "mean" ? 2 * ROUNDING : ROUNDING;
        const tolerance = y.storage.format === "f16" ? half : 2e-6;
        assertClose(await y.read(), await expected.read(), 1.01 * tolerance, name);
        for (const tensor of [...xs, ...wide, y, expected]) tensor.dispose();
      }
    },
  });
}

/** Batch, channels in and out, and an image's sides: odd, smaller than a tile and just over one. */
const SIZES = [[1, 1, 1, 5, 4], [3, 9, 7, 7, 13], [2, 35, 70, 17, 9]] as const;

const KERNELS: Readonly<Partial<Record<ConvolutionKernelName, number>>> = {
  plain: ROUNDING,
  tiled16: ROUNDING,
  tiled32: ROUNDING,
  subgroup16x4: ROUNDING,
  subgroup32x4: ROUNDING,
  subgroup8x8: ROUNDING,
  // What lies between its three steps is rounded as well, and its last step cancels.
  winograd: 8 * ROUNDING,
  winogradTiled: 8 * ROUNDING,
};

/** From buffers, these sum 16 channels in halves. */
const SUMMED_IN_HALVES: typeof KERNELS = {
  tiled16: 3 * ROUNDING,
  tiled32: 3 * ROUNDING,
  winogradTiled: 16 * ROUNDING,
};

for (const [name, summedWide] of Object.entries(KERNELS)) {
  for (const readsTextures of [false, true]) {
    const inHalves = SUMMED_IN_HALVES[name as ConvolutionKernelName];
    const tolerance = readsTextures ? summedWide : inHalves ?? summedWide;
    const way = readsTextures ? "through textures" : "from buffers";
    Deno.test({
      name: `the ${name} kernel reads halves ${way} and rounds no more than it should`,
      ignore: ignore || /^subgroup|^winograd$/.test(name) && !hasSubgroupsOf8(device),
      async fn() {
        const own = await Device.open(adapter, { readsTextures });
        for (const [batch, inputs, outputs, height, width] of SIZES) {
          const shape: Shape = [batch, outputs, height, width];
          const x = halves(randomValues("x", [batch, inputs, height, width]), own);
          const weight = halves(randomValues("weight", [outputs, inputs, 3, 3]), own);
          const [wideX, wideWeight] = [await widened(x), await widened(weight)];
          const [y, wide] = [Tensor.empty(own, shape, "f16"), Tensor.empty(own, shape)];
          const options = { stride: 1, padding: 1, transposed: false } as const;
          const kernel = name as ConvolutionKernelName;
          runConvolution(own, x, weight, y, { ...options, kernel });
          runConvolution(own, wideX, wideWeight, wide, { ...options, kernel: "plain" });
          // Weights are rounded once more where they are packed: these are halves already.
          assertClose(await y.read(), await wide.read(), 1.05 * tolerance, `${shape}`);
        }
        own.close();
      },
    });
  }
}

Deno.test({
  name: "features are halves where that is asked for, answers are not, and a history has f32",
  ignore,
  fn() {
    const [x, bias] = [ops.full(device, [1, 4, 8, 8], 1), ops.full(device, [1, 4, 1, 1], 0)];
    const weight = ops.full(device, [4, 4, 3, 3], 1);
    const way = { stride: 1, padding: 1 };
    const feature = () => ops.conv2dPrelu(x, weight, bias, bias, way);
    const formats = withFeatures("f16", () => [
      ...noGrad(() => [
        feature(),
        ops.add(feature(), feature()),
        ops.conv2d(feature(), weight, bias, way),
      ]),
      feature(),
    ]).map(({ storage }) => storage.format);
    assert.deepEqual(formats, ["f16", "f16", "f32", "f32"]);
    assert.equal(noGrad(featureFormat), "f32", "nothing stays set");
  },
});
