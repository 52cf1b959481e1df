import { noGrad } from "../autograd/op.ts";
import { type ConvolutionGeometry, convolutionsIn } from "../autograd/ops/convolution_choice.ts";
import { scope } from "../autograd/scope.ts";
import { Tensor } from "../autograd/tensor.ts";
import type { Device } from "../gpu/device.ts";
import { Parameters } from "../nn/module.ts";
import { generator } from "../zaugnet/generator.ts";

/** The convolutions that predict tiles of side x side, of both networks: runs each once. */
export function networkConvolutions(device: Device, side: number): ConvolutionGeometry[] {
  return convolutionsIn(() => {
    for (const variant of ["zaugnet", "zaugnet+"] as const) {
      // Values change no shape: zeros will do.
      const parameters = new Parameters(device, { get: () => undefined });
      scope(() => {
        const network = generator(parameters, variant, false);
        const plane = Tensor.from(device, [1, 1, side, side], new Float32Array(side * side));
        const dpm = Tensor.from(device, [1, 1, 1, 1], [0.5]);
        noGrad(() => network.predict({ before: plane, after: plane, dpm }));
      });
      parameters.dispose();
    }
  });
}
