import assert from "assert";
import { withHistory } from "../../src/autograd/op.ts";
import {
  candidates,
  chooseKernel,
  type ConvolutionGeometry,
  geometryName,
  kernelByRule,
} from "../../src/autograd/ops/convolution_choice.ts";
import type { Device } from "../../src/gpu/device.ts";
import { testDevice } from "../support/device.ts";

const GEOMETRY: ConvolutionGeometry = {
  inputs: 90,
  outputs: 90,
  kernel: [3, 3],
  from: [64, 64],
  to: [64, 64],
  stride: 1,
  padding: 1,
  transposed: false,
};
const STRIDED: ConvolutionGeometry = { ...GEOMETRY, from: [128, 128], stride: 2 };

/** As much of a device as the choice looks at. */
function standIn(type: "gpu" | "software", subgroupSize: number, choices: [string, string][] = []) {
  const adapter = { type, subgroupSize };
  return { adapter, subgroups: true, kernelChoices: new Map(choices) } as unknown as Device;
}

const chosen = (device: Device, geometry = GEOMETRY) =>
  withHistory(false, () => chooseKernel(device, geometry));

const TRANSPOSED: ConvolutionGeometry = {
  ...GEOMETRY,
  kernel: [4, 4],
  to: [128, 128],
  stride: 2,
  transposed: true,
};

Deno.test("kernels for subgroups of 8 are offered there only, Winograd's for its forms only", () => {
  const inSubgroups = (device: Device) =>
    candidates(device, GEOMETRY).filter((name) => name === "winograd" || /subgroup/.test(name));
  assert.equal(inSubgroups(standIn("gpu", 32)).length, 0);
  assert.equal(inSubgroups(standIn("gpu", 8)).length, 3);
  assert.equal(inSubgroups(standIn("software", 8)).length, 3);
  assert.ok(candidates(standIn("gpu", 32), GEOMETRY).includes("winogradTiled"));
  assert.deepEqual(candidates(standIn("software", 8), STRIDED), ["subgroup16x4", "subgroup32x4"]);
  const narrow = candidates(standIn("software", 8), { ...STRIDED, outputs: 8 });
  assert.deepEqual(narrow, ["subgroup8x8", "subgroup16x4"]);
  for (const device of [standIn("gpu", 32), standIn("gpu", 8), standIn("software", 8)]) {
    assert.ok(candidates(device, TRANSPOSED).some((name) => /winograd/.test(name)));
    for (const other of [STRIDED, { ...TRANSPOSED, kernel: [3, 3] as const }]) {
      assert.ok(!candidates(device, other).some((name) => /winograd/.test(name)));
    }
  }
});

Deno.test("channels are summed in parts on GPUs alone, for small results of many channels", () => {
  const small: ConvolutionGeometry = {
    ...GEOMETRY,
    inputs: 512,
    outputs: 1024,
    kernel: [4, 4],
    from: [8, 8],
    to: [4, 4],
    stride: 2,
  };
  assert.equal(chosen(standIn("gpu", 32), small), "tiledInParts");
  assert.equal(chosen(standIn("gpu", 32), { ...small, inputs: 16 }), "tiled32");
  assert.ok(!candidates(standIn("gpu", 32), STRIDED).includes("tiledInParts"));
  assert.ok(!candidates(standIn("software", 8), small).includes("tiledInParts"));
});

Deno.test("what the rules take is always among what is offered", async () => {
  const devices = [4, 8, 32].flatMap((size) => [standIn("gpu", size), standIn("software", size)]);
  for (const device of [...devices, await testDevice()]) {
    for (const outputs of [1, 12, 90]) {
      for (const geometry of [GEOMETRY, STRIDED, TRANSPOSED].map((g) => ({ ...g, outputs }))) {
        const rule = withHistory(false, () => kernelByRule(device, geometry));
        assert.ok(candidates(device, geometry).includes(rule), rule);
      }
    }
  }
});

Deno.test("a device's choice is taken, but where it is unknown or not offered the rules'", () => {
  const name = geometryName(GEOMETRY);
  const choosing = (kernel: string) => chosen(standIn("gpu", 32, [[name, kernel]]));
  assert.equal(choosing("tiled16"), "tiled16");
  assert.equal(choosing("fastest"), "winogradTiled");
  assert.equal(choosing("subgroup8x8"), "winogradTiled");
  assert.equal(chosen(standIn("gpu", 32, [[name, "tiled16"]]), STRIDED), "tiled32");
});

Deno.test("what a recorded history rests on keeps to the rules, whatever the choices", () => {
  const device = standIn("gpu", 32, [[geometryName(GEOMETRY), "tiled16"]]);
  assert.equal(withHistory(true, () => chooseKernel(device, GEOMETRY)), "winogradTiled");
});

Deno.test("a choice is for images of about as many pixels, whatever their sides", () => {
  const name = (to: [number, number]) => geometryName({ ...GEOMETRY, to });
  assert.equal(name([48, 80]), name([64, 64]));
  assert.notEqual(name([128, 128]), name([64, 64]));
});
