import assert from "assert";
import { InceptionFeatures } from "../../src/inception/inception_features.ts";
import { inception, type InceptionKind } from "../../src/inception/network.ts";
import { readInception } from "../../src/inception/inception_weights.ts";
import { writeSafetensors } from "../../src/io/safetensors.ts";
import type { WeightTensor } from "../../src/io/weights.ts";
import { ParameterShapes } from "../../src/nn/module.ts";
import { testDevice } from "../support/device.ts";
import { Formula } from "../support/formula.ts";

const formula = new Formula(0);

/** A tensor of the formula, scaled to what a network can be: variances above 0, weights He's. */
function tensor(key: string, shape: readonly number[]): WeightTensor {
  const count = shape.reduce((a, b) => a * b, 1);
  const values = formula.values(`inception/${key}`, count);
  if (key.endsWith("conv.weight")) {
    const scale = Math.fround(Math.sqrt(6 * shape[0] / count));
    return { shape, data: values.map((v) => v * scale) };
  }
  if (key.endsWith("bn.weight")) return { shape, data: values.map((v) => 1 + 0.25 * v) };
  if (key.endsWith("running_var")) return { shape, data: values.map((v) => 1 + 0.5 * v) };
  return { shape, data: values.map((v) => 0.1 * v) };
}

let convolutions: Map<string, WeightTensor> | undefined;

/** A file's tensors under torchvision's names; all but the last are the same for both networks. */
function inceptionTensors(classes: number): Map<string, WeightTensor> {
  convolutions ??= convolutionTensors();
  const classifier = { shape: [classes, 1], data: new Float32Array(classes) };
  return new Map(convolutions).set("fc.weight", classifier);
}

function convolutionTensors(): Map<string, WeightTensor> {
  const store = new ParameterShapes();
  inception(store, "fid");
  const tensors = new Map<string, WeightTensor>();
  for (const [name, shape] of store.shapes) {
    if (!name.endsWith(".weight")) continue;
    const layer = name.slice(0, -".weight".length);
    tensors.set(`${layer}.conv.weight`, tensor(`${layer}.conv.weight`, shape));
    for (const part of ["weight", "bias", "running_mean", "running_var"]) {
      tensors.set(`${layer}.bn.${part}`, tensor(`${layer}.bn.${part}`, [shape[0]]));
    }
  }
  return tensors;
}

const [height, width] = [40, 52];

/** Smooth waves, some of them above 1 or below 0. */
function image(): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: height * width }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return 0.5 + 0.3 * Math.sin(x / 5) * Math.cos(y / 7) + 0.2 * Math.sin(x * y / 300);
  });
}

const CHANNELS = [0, 1, 319, 320, 1000, 1088, 1856, 1900, 2047];

/** Of torchvision 0.14's Inception3 with these weights, and of it with pytorch-fid's pooling. */
const PYTORCH: Readonly<Record<InceptionKind, { mean: number; features: readonly number[] }>> = {
  torchvision: {
    mean: 0.8530305624008179,
    features: [
      ...[2.436526, 0.1203245, 1.803852, 1.481839, 2.79829, 2.200381, 0.6139412, 6.006272],
      1.171011,
    ],
  },
  fid: {
    mean: 0.9131395816802979,
    features: [
      ...[2.437222, 0.1017498, 1.83851, 1.548913, 2.727436, 2.218031, 0.9243208, 9.765916],
      1.832419,
    ],
  },
};

for (const [classes, kind] of [[1000, "torchvision"], [1008, "fid"]] as const) {
  Deno.test(`Inception-v3 of ${classes} classes has the features of PyTorch (${kind})`, async () => {
    const device = await testDevice();
    const live = device.liveBytes;
    const weights = readInception(writeSafetensors(inceptionTensors(classes)), "inception.pt");
    assert.equal(weights.kind, kind);
    const network = new InceptionFeatures(device, weights);
    const features = await network.of(image(), height, width);
    assert.equal(features.length, 2048);
    const { mean, features: expected } = PYTORCH[kind];
    CHANNELS.forEach((channel, i) => {
      const off = Math.abs(features[channel] - expected[i]);
      assert.ok(
        off < 1e-4,
        `channel ${channel}: ${features[channel]}, PyTorch ${expected[i]}`,
      );
    });
    const own = features.reduce((sum, value) => sum + value) / features.length;
    assert.ok(Math.abs(own - mean) < 1e-5, `mean ${own}, PyTorch ${mean}`);
    network.dispose();
    assert.equal(device.liveBytes, live, "memory is given back");
  });
}

Deno.test("a file that lacks a tensor of Inception-v3, or has it in another shape, is refused", () => {
  const small = (name: string, shape: readonly number[] = [1]) =>
    writeSafetensors(new Map([[name, { shape, data: new Float32Array(1) }]]));
  assert.throws(
    () => readInception(small("fc.weight"), "vgg.pt"),
    new RegExp(
      "^InputError: vgg\\.pt is not an Inception-v3 as torchvision or pytorch-fid name it: " +
        "470 of 470 tensors are missing, such as Conv2d_1a_3x3\\.conv\\.weight\\.$",
    ),
  );
});
