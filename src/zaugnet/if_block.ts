import { concat, resizeBilinear, sliceChannels } from "../autograd/ops/mod.ts";
import type { Tensor } from "../autograd/tensor.ts";
import { convolutionPrelu, sequential, transposedConvolution } from "../nn/layers.ts";
import type { ParameterStore } from "../nn/module.ts";

/** What a block adds to the flow [n,4,h,w] and to the mask's logits [n,1,h,w]. */
export interface FlowAndMask {
  readonly flow: Tensor;
  readonly mask: Tensor;
}

/** Estimates flow and mask from images at 1/scale of their size, given the flow so far. */
export type IntermediateFlowBlock = (
  images: Tensor,
  flow: Tensor | undefined,
  scale: number,
) => FlowAndMask;

/**
 * An intermediate flow block: two strided convolutions, eight residual ones, and a transposed one
 * that leads to half the size of its input (paper, "Generator"; RIFE's IFBlock).
 */
export function intermediateFlowBlock(
  p: ParameterStore,
  name: string,
  inputs: number,
  width: number,
): IntermediateFlowBlock {
  const strided = { kernel: 3, stride: 2, padding: 1 };
  const same = { kernel: 3, stride: 1, padding: 1, inputs: width, outputs: width };
  const shrink = sequential(
    convolutionPrelu(p, `${name}.conv0.0`, { ...strided, inputs, outputs: width / 2 }),
    convolutionPrelu(p, `${name}.conv0.1`, { ...strided, inputs: width / 2, outputs: width }),
  );
  const body = sequential(
    ...Array.from({ length: 8 }, (_, i) => convolutionPrelu(p, `${name}.convblock.${i}`, same)),
  );
  const grow = transposedConvolution(p, `${name}.lastconv`, {
    kernel: 4,
    stride: 2,
    padding: 1,
    inputs: width,
    outputs: 5,
  });
  return (images, flow, scale) => {
    const small = resizeBilinear(images, 1 / scale);
    const x = shrink(flow ? concat([small, resizeBilinear(flow, 1 / scale, 1 / scale)]) : small);
    const y = grow(body(x, { plus: x }));
    return {
      flow: resizeBilinear(sliceChannels(y, 0, 4), 2 * scale, 2 * scale),
      mask: resizeBilinear(sliceChannels(y, 4, 1), 2 * scale),
    };
  };
}
