import assert from "assert";
import {
  candidates,
  type ConvolutionGeometry,
  type ConvolutionKernelName,
  geometryName,
} from "../../src/autograd/ops/convolution_choice.ts";
import { hasSubgroupsOf8 } from "../../src/autograd/ops/dispatch.ts";
import {
  type ConvolutionTimer,
  convolutionTimer,
  tuneConvolution,
} from "../../src/autograd/ops/tune_convolution.ts";
import type { Device } from "../../src/gpu/device.ts";
import { networkConvolutions } from "../../src/prediction/network_convolutions.ts";
import { NetworkInterpolator } from "../../src/prediction/network_interpolator.ts";
import { readModel } from "../../src/zaugnet/model.ts";
import { PAPER_WIDTHS } from "../../src/zaugnet/widths.ts";
import { testDevice } from "../support/device.ts";
import { formulaModel } from "../support/formula_model.ts";

const GEOMETRY: ConvolutionGeometry = {
  inputs: 90,
  outputs: 90,
  kernel: [3, 3],
  from: [64, 64],
  to: [64, 64],
  stride: 2,
  padding: 1,
  transposed: false,
};

/** A GPU whose rules take tiled32, with times that are as the test says, others being 10 ms. */
function race(
  times: Partial<Record<ConvolutionKernelName, number>>,
  before: (round: number) => void = () => {},
) {
  const device = {
    adapter: { type: "gpu", subgroupSize: 32 },
    subgroups: true,
    kernelChoices: new Map(),
  } as unknown as Device;
  const timed: ConvolutionKernelName[][] = [];
  const timer: ConvolutionTimer = (_, kernels) => {
    before(timed.length);
    timed.push([...kernels]);
    return Promise.resolve(new Map(kernels.map((name) => [name, times[name] ?? 10])));
  };
  return { timed, result: tuneConvolution(device, GEOMETRY, timer) };
}

Deno.test("a kernel takes the place of the rules' only where it is clearly faster", async () => {
  const hardly = await race({ tiled32: 4, tiled16: 3.9 }).result;
  assert.deepEqual([hardly.rule, hardly.kernel], ["tiled32", "tiled32"]);
  const clearly = await race({ tiled32: 4, tiled16: 3.7 }).result;
  assert.deepEqual([clearly.rule, clearly.kernel], ["tiled32", "tiled16"]);
  assert.deepEqual(clearly.milliseconds, { plain: 10, tiled16: 3.7, tiled32: 4 });
});

Deno.test("kernels that are far behind are out of the race, but the rules' never is", async () => {
  const { timed, result } = race({ tiled16: 1 });
  assert.equal((await result).kernel, "tiled16");
  assert.deepEqual(timed.slice(0, 2), [["plain", "tiled16", "tiled32"], ["tiled16", "tiled32"]]);
});

Deno.test("a kernel that wins once by chance does not take the place of the rules'", async () => {
  const times = { tiled32: 4, tiled16: 3 };
  const { timed, result } = race(times, (round) => round === 2 ? times.tiled16 = 4 : 0);
  assert.equal((await result).kernel, "tiled32");
  assert.deepEqual(timed[2], ["tiled32", "tiled16"]);
});

const device = await testDevice();

Deno.test({
  name: "the timer runs every kernel that is offered and answers a time for each",
  ignore: !device.adapter.features.includes("timestamp-query"),
  async fn() {
    const geometry: ConvolutionGeometry = { ...GEOMETRY, inputs: 5, outputs: 7, stride: 1 };
    const kernels = candidates(device, geometry);
    const times = await convolutionTimer(device, 2)(geometry, kernels, 2);
    assert.deepEqual([...times.keys()], kernels);
    assert.ok([...times.values()].every((time) => time > 0 && time < Infinity));
    assert.ok(!hasSubgroupsOf8(device) || kernels.includes("winograd"));
  },
});

Deno.test("a prediction asks for the choices that tiles of its size were tuned for", async () => {
  const tuned = networkConvolutions(device, 32).map(geometryName);
  assert.equal(new Set(tuned).size, tuned.length);
  const asked = new Set<string>();
  const before = device.kernelChoices;
  device.kernelChoices = { get: (name: string) => void asked.add(name) } as typeof before;
  try {
    const plane = new Float32Array(32 * 32);
    for (const variant of ["zaugnet", "zaugnet+"] as const) {
      const network = new NetworkInterpolator(
        device,
        readModel(formulaModel(variant, PAPER_WIDTHS.generator), variant),
      );
      await network.interpolate([{ before: plane, after: plane, dpm: 0.5 }], 32, 32);
      network.dispose();
    }
  } finally {
    device.kernelChoices = before;
  }
  assert.deepEqual([...asked].sort(), tuned.sort());
});
