import assert from "assert";
import { full } from "../../src/autograd/ops/mod.ts";
import {
  runWeightGradient,
  type WeightGradientKernelName,
} from "../../src/autograd/ops/weight_gradient_kernels.ts";
import type { Shape } from "../../src/autograd/shape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { inPairs } from "../../src/pairwise.ts";
import { openTestDevice } from "../support/device.ts";
import {
  canRun,
  type Case,
  check,
  GEOMETRIES,
  HAS_SUBGROUPS,
  ofSamples,
  SAMPLES,
  type SplitCase,
  watchAllocations,
} from "../support/weight_gradients.ts";

/** Odd sizes, fewer and more rows than lanes, 1 to 18 channels, and sums in more than one part. */
const CASES: readonly Case[] = [
  { batch: 1, inputs: 1, outputs: 1, height: 5, width: 4 },
  { batch: 5, inputs: 9, outputs: 7, height: 7, width: 13 },
  { batch: 3, inputs: 6, outputs: 18, height: 4, width: 35 },
  { batch: 2, inputs: 3, outputs: 17, height: 19, width: 300 },
];

const KERNELS = [
  "plain",
  "tiled",
  "subgroup",
  "winograd",
  "winogradTiled",
] as const satisfies readonly WeightGradientKernelName[];

for (const kernel of KERNELS) {
  const geometries = kernel.startsWith("winograd") ? { "3x3": GEOMETRIES["3x3"] } : GEOMETRIES;
  for (const [name, geometry] of Object.entries(geometries)) {
    Deno.test({
      name: `the ${kernel} kernel's weight gradient of ${name} is float64 arithmetic's`,
      ignore: !canRun(kernel),
      fn: () => check(kernel, geometry, CASES),
    });
  }
}

/** Rows that fill a block, that need several parts, and few enough that samples share a block. */
const SPLIT_CASES: readonly SplitCase[] = [
  { inputs: 5, outputs: 6, side: 8, geometry: GEOMETRIES["3x3"] },
  { inputs: 3, outputs: 4, side: 70, geometry: GEOMETRIES["3x3"] },
  { inputs: 4, outputs: 3, side: 3, geometry: GEOMETRIES["3x3"] },
  { inputs: 4, outputs: 3, side: 1, geometry: GEOMETRIES["3x3"] },
];
/** More tiles than are added up one after the other. */
const MANY_TILES: SplitCase = { inputs: 3, outputs: 2, side: 106, geometry: GEOMETRIES["3x3"] };

for (const kernel of KERNELS) {
  Deno.test({
    name: `the ${kernel} kernel adds samples in pairs, those of several uses together`,
    ignore: !canRun(kernel),
    async fn() {
      for (const one of kernel === "winograd" ? [...SPLIT_CASES, MANY_TILES] : SPLIT_CASES) {
        for (const uses of [1, 3]) {
          const part = (from: number, count: number) =>
            ofSamples(kernel, one, { uses, from, count });
          const alone = await Promise.all(Array.from({ length: SAMPLES }, (_, i) => part(i, 1)));
          const add = (a: Float32Array, b: Float32Array) => a.map((value, i) => value + b[i]);
          const [pairs, four, all] = [await part(2, 2), await part(0, 4), await part(0, SAMPLES)];
          assert.deepEqual(pairs, add(alone[2], alone[3]));
          assert.deepEqual(four, inPairs(alone.slice(0, 4), add));
          assert.deepEqual(all, inPairs(alone, add));
        }
      }
    },
  });
}

Deno.test("large weights, whose parts do not fit together, are summed in the same order", async () => {
  const large = { inputs: 512, outputs: 640, side: 4, geometry: GEOMETRIES["4x4 of stride 2"] };
  for (const [kernel, uses] of [[HAS_SUBGROUPS ? "subgroup" : "plain", 1], ["tiled", 3]] as const) {
    const part = (from: number, count: number) => ofSamples(kernel, large, { uses, from, count });
    const add = (a: Float32Array, b: Float32Array) => a.map((value, i) => value + b[i]);
    assert.deepEqual(
      await part(0, 7),
      add(await part(0, 4), add(await part(4, 2), await part(6, 1))),
    );
  }
});

Deno.test("the parts of a weight's gradient stay within a sixteenth of the memory and the binding limit", async () => {
  const device = await openTestDevice({ memoryLimit: 8 * 2 ** 30 });
  const asked = watchAllocations(device);
  // Only sizes are looked at: computing them would take a software adapter a minute.
  device.run = () => {};
  const zeros = (shape: Shape) => full(device, shape, 0);
  const uses = [0, 1, 2].map(() => [zeros([16, 512, 8, 8]), zeros([16, 640, 4, 4])] as const);
  const y = Tensor.empty(device, [640, 512, 4, 4]);
  runWeightGradient(device, uses, y, { stride: 2, padding: 1, kernel: "tiled" });
  assert.ok(Math.max(...asked) <= Math.min(2 ** 29, device.adapter.maxBindingSize));
  device.close();
});
