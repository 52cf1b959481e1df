import { resizeBilinear, warp } from "../autograd/ops/mod.ts";
import { release, scope } from "../autograd/scope.ts";
import type { Tensor } from "../autograd/tensor.ts";
import { type ActivatedLayer, convolutionPrelu, sequential } from "../nn/layers.ts";
import type { ParameterStore } from "../nn/module.ts";

/** A strided and a plain convolution: half the size. Parameters `<name>.conv1`, `<name>.conv2`. */
export function halvingBlock(
  p: ParameterStore,
  name: string,
  inputs: number,
  outputs: number,
): ActivatedLayer {
  const kernel = { kernel: 3, padding: 1, outputs };
  return sequential(
    convolutionPrelu(p, `${name}.conv1`, { ...kernel, inputs, stride: 2 }),
    convolutionPrelu(p, `${name}.conv2`, { ...kernel, inputs: outputs, stride: 1 }),
  );
}

/** The context network: a pyramid of features that the refinement sees warped. */
export interface ContextNet {
  /** Features of an image [n,1,h,w] at 1/2, 1/4, 1/8 and 1/16. */
  features(image: Tensor): Tensor[];
  /**
   * These features, each warped by the flow [n,4,h,w], whose channel `from` is dx, and written into
   * its place where there is one; frees them (where no history needs them).
   */
  warped(
    features: readonly Tensor[],
    flow: Tensor,
    from: 0 | 2,
    places: readonly (Tensor | undefined)[],
  ): Tensor[];
}

/** Declares the context network's parameters; see {@link GeneratorWidths.context} for its width. */
export function contextNet(p: ParameterStore, name: string, width: number): ContextNet {
  const levels = [1, 2, 4, 8].map((factor, i) =>
    halvingBlock(
      p,
      `${name}.conv${i + 1}`,
      i === 0 ? 1 : width * factor / 2,
      width * factor,
    )
  );
  return {
    features(image) {
      let features = image;
      return levels.map((level) => features = scope(() => level(features)));
    },
    warped: (features, flow, from, places) =>
      scope(() => {
        let halved = flow;
        return features.map((level, i) => {
          const finer = halved;
          halved = resizeBilinear(finer, 0.5, 0.5);
          if (finer !== flow) release(finer);
          const result = warp(level, halved, from, places[i]);
          release(level);
          return result;
        });
      }),
  };
}
