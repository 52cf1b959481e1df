import { affine, clamp, concat, resizeBilinearTo } from "../autograd/ops/mod.ts";
import { noGrad } from "../autograd/op.ts";
import { scope } from "../autograd/scope.ts";
import { Tensor } from "../autograd/tensor.ts";
import type { Device } from "../gpu/device.ts";
import type { Layer } from "../nn/layers.ts";
import { Parameters } from "../nn/module.ts";
import { inception } from "./network.ts";
import type { InceptionWeights } from "./inception_weights.ts";

/** The side that images are brought to, as pytorch-fid does. */
const SIDE = 299;

/** Inception-v3 on a device: images in, features out. */
export class InceptionFeatures {
  readonly #device: Device;
  readonly #parameters: Parameters;
  readonly #network: Layer;

  constructor(device: Device, weights: InceptionWeights) {
    this.#device = device;
    this.#parameters = new Parameters(device, weights.parameters);
    this.#network = inception(this.#parameters, weights.kind);
  }

  /**
   * The 2048 features (pool3) of a grey image [height][width] in 0..1, all three channels alike:
   * clipped, resized to 299 x 299 (bilinear, align_corners = false) and mapped to -1..1.
   */
  async of(
    image: Float32Array<ArrayBuffer>,
    height: number,
    width: number,
  ): Promise<Float32Array<ArrayBuffer>> {
    const features = scope(() =>
      noGrad(() => {
        const grey = clamp(Tensor.from(this.#device, [1, 1, height, width], image), 0, 1);
        const input = affine(resizeBilinearTo(grey, SIDE, SIDE), 2, -1);
        return this.#network(concat([input, input, input]));
      })
    );
    const reading = features.read();
    features.dispose();
    return await reading;
  }

  dispose(): void {
    this.#parameters.dispose();
  }
}
