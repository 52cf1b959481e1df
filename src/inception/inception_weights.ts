import { InputError } from "../errors.ts";
import { firstNotFinite } from "../finite.ts";
import { readCheckpoint } from "../io/checkpoint.ts";
import type { Weights, WeightTensor } from "../io/weights.ts";
import { ParameterShapes, type ParameterSource } from "../nn/module.ts";
import { inception, type InceptionKind } from "./network.ts";

/** Inception-v3's weights as a user gave them. */
export interface InceptionWeights {
  readonly kind: InceptionKind;
  /** The parameters of {@link inception}: batch normalisation folded into the convolutions. */
  readonly parameters: ParameterSource;
}

/** What batch normalisation adds to the variance, in both networks. */
const EPSILON = 1e-3;
/** Classes that tell the networks apart: TensorFlow's has 1008, torchvision's 1000. */
const TENSORFLOW_CLASSES = 1008;

/**
 * Reads Inception-v3 from safetensors or a .pt file, its tensors named as torchvision and
 * pytorch-fid name them (`Mixed_5b.branch1x1.conv.weight`, `.bn.running_var`). A classifier of
 * 1008 classes, or none and no `AuxLogits`, means the network of FID; else it is torchvision's.
 * @throws {InputError} for what is not a checkpoint, and naming what is missing or of another shape.
 */
export function readInception(bytes: Uint8Array, name: string): InceptionWeights {
  const { weights: stored } = readCheckpoint(bytes, name);
  const weights: Weights = new Map(
    [...stored].map(([key, tensor]) => [key.replace(/^(module|state_dict)\./, ""), tensor]),
  );
  const classes = weights.get("fc.weight")?.shape[0];
  const auxiliary = [...weights.keys()].some((key) => key.startsWith("AuxLogits."));
  const kind = classes === TENSORFLOW_CLASSES || (classes === undefined && !auxiliary)
    ? "fid"
    : "torchvision";
  const store = new ParameterShapes();
  inception(store, kind);
  const layers = [...store.shapes].filter(([key]) => key.endsWith(".weight"));
  checkWeights(name, weights, layers);
  const folded = new Map(layers.flatMap(([key]) => fold(weights, key.slice(0, -7))));
  return { kind, parameters: { get: (key) => folded.get(key) } };
}

/** The tensors that a layer has in the file, with their shapes. */
function expected(layer: string, shape: readonly number[]): [string, readonly number[]][] {
  const channels = [shape[0]];
  return [
    [`${layer}.conv.weight`, shape],
    ...["weight", "bias", "running_mean", "running_var"].map((
      part,
    ): [string, readonly number[]] => [`${layer}.bn.${part}`, channels]),
  ];
}

function checkWeights(
  name: string,
  weights: Weights,
  layers: readonly (readonly [string, readonly number[]])[],
): void {
  const all = layers.flatMap(([key, shape]) => expected(key.slice(0, -7), shape));
  const missing = all.filter(([key]) => !weights.has(key)).map(([key]) => key);
  if (missing.length > 0) {
    throw new InputError(
      `${name} is not an Inception-v3 as torchvision or pytorch-fid name it: ${missing.length} of ` +
        `${all.length} tensors are missing, such as ${missing[0]}.`,
    );
  }
  for (const [key, shape] of all) {
    const { shape: found, data } = weights.get(key)!;
    if (found.join() !== shape.join()) {
      throw new InputError(
        `${name} is not an Inception-v3: ${key} is [${found}], expected [${shape}].`,
      );
    }
    if (firstNotFinite(data) !== undefined) {
      throw new InputError(`${name} is damaged: ${key} holds NaN or infinity.`);
    }
  }
}

/** gamma (w x - mean) / sqrt(variance + epsilon) + beta as one convolution. */
function fold(weights: Weights, layer: string): [string, WeightTensor][] {
  const part = (name: string) => weights.get(`${layer}.${name}`)!;
  const { shape, data } = part("conv.weight");
  const [gamma, beta, mean, variance] = ["weight", "bias", "running_mean", "running_var"]
    .map((name) => part(`bn.${name}`).data);
  const scale = Float64Array.from(gamma, (g, k) => g / Math.sqrt(variance[k] + EPSILON));
  const perOutput = data.length / shape[0];
  const bias = Float32Array.from(beta, (b, k) => b - mean[k] * scale[k]);
  return [
    [`${layer}.weight`, { shape, data: data.map((w, i) => w * scale[Math.floor(i / perOutput)]) }],
    [`${layer}.bias`, { shape: [shape[0]], data: bias }],
  ];
}
