import assert from "assert";
import { full } from "../../src/autograd/ops/mod.ts";
import { runWeightGradient } from "../../src/autograd/ops/weight_gradient_kernels.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { testDevice } from "../support/device.ts";
import {
  canRun,
  check,
  GEOMETRIES,
  HAS_SUBGROUPS,
  ofSamples,
  watchAllocations,
} from "../support/weight_gradients.ts";

const WINOGRADS = ["winograd", "winogradTiled"] as const;

for (const kernel of WINOGRADS) {
  const ignore = !canRun(kernel);
  Deno.test({
    name: `the ${kernel} kernel crops tiles that reach over an image's edge, 1 to 9 channels`,
    ignore,
    async fn() {
      const sizes = [[1, 1], [2, 9], [5, 3], [4, 4], [7, 6], [13, 18], [3, 33], [8, 10], [11, 12]];
      await check(
        kernel,
        GEOMETRIES["3x3"],
        sizes.map(([height, width], i) => {
          return { batch: 1 + i % 5, inputs: 1 + i, outputs: 9 - i, height, width };
        }),
      );
    },
  });

  Deno.test({
    name: `the ${kernel} kernel is exact for more channels than a workgroup takes`,
    ignore,
    fn: () =>
      check(kernel, GEOMETRIES["3x3"], [
        { batch: 1, inputs: 90, outputs: 45, height: 9, width: 14 },
        { batch: 2, inputs: 38, outputs: 150, height: 8, width: 8 },
        { batch: 1, inputs: 67, outputs: 33, height: 6, width: 21 },
      ]),
  });

  Deno.test({
    name: `the ${kernel} kernel takes the samples of a large batch in turns, to the same bits`,
    ignore,
    async fn() {
      const large = { inputs: 120, outputs: 2, side: 128, geometry: GEOMETRIES["3x3"] };
      const part = (from: number, count: number) =>
        ofSamples(kernel, large, { uses: 1, from, count });
      const [first, second] = [await part(0, 1), await part(1, 1)];
      const asked = watchAllocations(await testDevice());
      const both = await part(0, 2);
      assert.ok(Math.max(...asked) <= 32 * 2 ** 20);
      assert.deepEqual(both, first.map((value, i) => value + second[i]));
    },
  });
}

Deno.test({
  name:
    "Winograd's algorithm is taken for enough channels and tiles of a sample, whatever the batch",
  ignore: !HAS_SUBGROUPS,
  async fn() {
    const device = await testDevice();
    const chosen = (batch: number, channels: number, side: number) => {
      const zeros = () => full(device, [batch, channels, side, side], 0);
      const pair = [zeros(), zeros()] as const;
      const y = Tensor.empty(device, [channels, channels, 3, 3]);
      const kernels = new Set<string>();
      const run = device.run.bind(device);
      device.run = (kernel, ...rest) => {
        kernels.add(kernel.name);
        run(kernel, ...rest);
      };
      runWeightGradient(device, [pair], y, { stride: 1, padding: 1 });
      device.run = run;
      for (const tensor of [...pair, y]) tensor.dispose();
      return kernels.has("winograd_correlate_subgroup");
    };
    assert.ok(chosen(1, 32, 16));
    assert.ok(chosen(3, 33, 5));
    assert.ok(!chosen(1, 31, 16));
    assert.ok(!chosen(8, 90, 4));
  },
});
