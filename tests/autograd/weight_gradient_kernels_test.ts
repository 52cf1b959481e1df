import assert from "assert";
import {
  runWeightGradient,
  type WeightGradientKernelName,
} from "../../src/autograd/ops/weight_gradient_kernels.ts";
import { hasSubgroupsOf8 } from "../../src/autograd/ops/dispatch.ts";
import type { Device } from "../../src/gpu/device.ts";
import type { Shape } from "../../src/autograd/shape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { full } from "../../src/autograd/ops/mod.ts";
import { inPairs } from "../../src/pairwise.ts";
import { assertClose } from "../support/assert_close.ts";
import { openTestDevice, testDevice } from "../support/device.ts";
import { Formula } from "../support/formula.ts";

interface Way {
  readonly kernel: readonly [number, number];
  readonly stride: number;
  readonly padding: number;
}

const WAYS: Readonly<Record<string, Way>> = {
  "3x3": { kernel: [3, 3], stride: 1, padding: 1 },
  "3x3 without padding": { kernel: [3, 3], stride: 1, padding: 0 },
  "3x3 of stride 2": { kernel: [3, 3], stride: 2, padding: 1 },
  "4x4 of stride 2": { kernel: [4, 4], stride: 2, padding: 1 },
  "1x1": { kernel: [1, 1], stride: 1, padding: 0 },
  "5x2": { kernel: [5, 2], stride: 1, padding: 2 },
};

interface Case {
  readonly batch: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly height: number;
  readonly width: number;
}

/** Odd sizes, fewer and more rows than lanes, 1 to 18 channels, and sums in more than one part. */
const CASES: readonly Case[] = [
  { batch: 1, inputs: 1, outputs: 1, height: 5, width: 4 },
  { batch: 5, inputs: 9, outputs: 7, height: 7, width: 13 },
  { batch: 3, inputs: 6, outputs: 18, height: 4, width: 35 },
  { batch: 2, inputs: 3, outputs: 17, height: 19, width: 300 },
];

const formula = new Formula(0);

/** Every product of a pixel of x and one of g, added to its tap, in float64. */
function reference(
  x: Float32Array,
  g: Float32Array,
  shapes: { x: Shape; g: Shape; y: Shape },
  { stride, padding }: Way,
): Float64Array {
  const [batch, inputs, height, width] = shapes.x;
  const [, outputs, rows, columns] = shapes.g;
  const [, , kernelY, kernelX] = shapes.y;
  const y = new Float64Array(outputs * inputs * kernelY * kernelX);
  for (let i = 0; i < y.length; i++) {
    const kx = i % kernelX;
    const ky = Math.floor(i / kernelX) % kernelY;
    const c = Math.floor(i / (kernelX * kernelY)) % inputs;
    const k = Math.floor(i / (kernelX * kernelY * inputs));
    for (let b = 0; b < batch; b++) {
      for (let row = 0; row < rows; row++) {
        const xRow = row * stride + ky - padding;
        if (xRow < 0 || xRow >= height) continue;
        for (let column = 0; column < columns; column++) {
          const xColumn = column * stride + kx - padding;
          if (xColumn < 0 || xColumn >= width) continue;
          y[i] += g[((b * outputs + k) * rows + row) * columns + column] *
            x[((b * inputs + c) * height + xRow) * width + xColumn];
        }
      }
    }
  }
  return y;
}

async function check(
  kernel: WeightGradientKernelName,
  way: Way,
  cases: readonly Case[] = CASES,
): Promise<void> {
  const device = await testDevice();
  for (const { batch, inputs, outputs, height, width } of cases) {
    const size = (length: number, taps: number) =>
      Math.floor((length + 2 * way.padding - taps) / way.stride) + 1;
    const shapes: Record<"x" | "g" | "y", Shape> = {
      x: [batch, inputs, height, width],
      g: [batch, outputs, size(height, way.kernel[0]), size(width, way.kernel[1])],
      y: [outputs, inputs, ...way.kernel],
    };
    const values = (shape: Shape) => formula.values(`${shape}`, shape.reduce((a, b) => a * b));
    const [x, g] = [values(shapes.x), values(shapes.g)];
    const tensors = [Tensor.from(device, shapes.x, x), Tensor.from(device, shapes.g, g)] as const;
    const y = Tensor.empty(device, shapes.y);
    runWeightGradient(device, [tensors], y, { ...way, kernel });
    const answer = await y.read();
    const expected = reference(x, g, shapes, way);
    assertClose(answer, expected, 2e-6, `x [${shapes.x}], g [${shapes.g}]`);
    for (const tensor of [...tensors, y]) tensor.dispose();
  }
}

const KERNELS = [
  "plain",
  "tiled",
  "subgroup",
  "winograd",
  "winogradTiled",
] as const satisfies readonly WeightGradientKernelName[];
const IN_SUBGROUPS: readonly WeightGradientKernelName[] = ["subgroup", "winograd"];
const WINOGRADS = ["winograd", "winogradTiled"] as const;
const HAS_SUBGROUPS = hasSubgroupsOf8(await testDevice());
const canRun = (kernel: WeightGradientKernelName) =>
  HAS_SUBGROUPS || !IN_SUBGROUPS.includes(kernel);

for (const kernel of KERNELS) {
  const ways = kernel.startsWith("winograd") ? { "3x3": WAYS["3x3"] } : WAYS;
  for (const [name, way] of Object.entries(ways)) {
    Deno.test({
      name: `the ${kernel} kernel's weight gradient of ${name} is float64 arithmetic's`,
      ignore: !canRun(kernel),
      fn: () => check(kernel, way),
    });
  }
}

for (const kernel of WINOGRADS) {
  const ignore = !canRun(kernel);
  Deno.test({
    name: `the ${kernel} kernel crops tiles that reach over an image's edge, 1 to 9 channels`,
    ignore,
    async fn() {
      const sizes = [[1, 1], [2, 9], [5, 3], [4, 4], [7, 6], [13, 18], [3, 33], [8, 10], [11, 12]];
      await check(
        kernel,
        WAYS["3x3"],
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
      check(kernel, WAYS["3x3"], [
        { batch: 1, inputs: 90, outputs: 45, height: 9, width: 14 },
        { batch: 2, inputs: 38, outputs: 150, height: 8, width: 8 },
        { batch: 1, inputs: 67, outputs: 33, height: 6, width: 21 },
      ]),
  });

  Deno.test({
    name: `the ${kernel} kernel takes the samples of a large batch in turns, to the same bits`,
    ignore,
    async fn() {
      const large = { inputs: 120, outputs: 2, side: 128, way: WAYS["3x3"] };
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

/** The sizes of all that is allocated on a device from now on. */
function watchAllocations(device: Device): number[] {
  const asked: number[] = [];
  const allocate = device.allocate.bind(device);
  device.allocate = (bytes, format) => {
    asked.push(bytes);
    return allocate(bytes, format);
  };
  return asked;
}

interface SplitCase {
  readonly inputs: number;
  readonly outputs: number;
  readonly side: number;
  readonly way: Way;
}

/** A weight's gradient for `uses` of it, of samples from..from + count - 1. */
async function ofSamples(
  kernel: WeightGradientKernelName,
  { inputs, outputs, side, way }: SplitCase,
  { uses, from, count }: { uses: number; from: number; count: number },
): Promise<Float32Array> {
  const device = await testDevice();
  const gSide = Math.floor((side + 2 * way.padding - way.kernel[0]) / way.stride) + 1;
  const samples = (name: string, channels: number, side: number) => {
    const size = channels * side * side;
    const all = valuesOf(name, SAMPLES * size);
    return Tensor.from(
      device,
      [count, channels, side, side],
      all.subarray(from * size, (from + count) * size),
    );
  };
  const pairs = Array.from({ length: uses }, (_, use) =>
    [
      samples(`x${use}`, inputs, side),
      samples(`g${use}`, outputs, gSide),
    ] as const);
  const y = Tensor.empty(device, [outputs, inputs, ...way.kernel]);
  runWeightGradient(device, pairs, y, { ...way, kernel });
  const answer = await y.read();
  for (const tensor of [...pairs.flat(), y]) tensor.dispose();
  return answer;
}

const SAMPLES = 7;

const known = new Map<string, Float32Array>();

function valuesOf(name: string, count: number): Float32Array {
  const key = `${name} ${count}`;
  const values = known.get(key) ?? formula.values(name, count);
  known.set(key, values);
  return values;
}

/** Rows that fill a block, that need several parts, and few enough that samples share a block. */
const SPLIT_CASES: readonly SplitCase[] = [
  { inputs: 5, outputs: 6, side: 8, way: WAYS["3x3"] },
  { inputs: 3, outputs: 4, side: 70, way: WAYS["3x3"] },
  { inputs: 4, outputs: 3, side: 3, way: WAYS["3x3"] },
  { inputs: 4, outputs: 3, side: 1, way: WAYS["3x3"] },
];
/** More tiles than are added up one after the other. */
const MANY_TILES: SplitCase = { inputs: 3, outputs: 2, side: 106, way: WAYS["3x3"] };

for (const kernel of KERNELS) {
  Deno.test({
    name: `the ${kernel} kernel adds samples in pairs, those of several uses together`,
    ignore: kernel !== "plain" && !HAS_SUBGROUPS,
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
  const large = { inputs: 512, outputs: 640, side: 4, way: WAYS["4x4 of stride 2"] };
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
    assert.ok(chosen(3, 33, 13));
    assert.ok(!chosen(1, 31, 16));
    assert.ok(!chosen(8, 90, 12));
  },
});
