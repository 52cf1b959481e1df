import { concat, sigmoid } from "../autograd/ops/mod.ts";
import type { Tensor } from "../autograd/tensor.ts";
import { convolution, transposedConvolutionPrelu } from "../nn/layers.ts";
import type { Parameters } from "../nn/module.ts";
import { CONTEXT_WIDTH, halvingBlock } from "./context_net.ts";

/** The refinement: images, warped images, mask and flow [n,9,h,w] with the two contexts. */
export type RefinementNet = (
  x: Tensor,
  before: readonly Tensor[],
  after: readonly Tensor[],
) => Tensor;

/** The refinement U-Net; its answer [n,1,h,w] is in 0..1 and stands for a residual of -1..1. */
export function refinementNet(p: Parameters, name: string): RefinementNet {
  const c = CONTEXT_WIDTH;
  const down = [
    halvingBlock(p, `${name}.down0`, 9, 2 * c),
    halvingBlock(p, `${name}.down1`, 4 * c, 4 * c),
    halvingBlock(p, `${name}.down2`, 8 * c, 8 * c),
    halvingBlock(p, `${name}.down3`, 16 * c, 16 * c),
  ];
  const up = [[32, 8], [16, 4], [8, 2], [4, 1]].map(([inputs, outputs], i) =>
    transposedConvolutionPrelu(p, `${name}.up${i}`, {
      ...{ kernel: 4, stride: 2, padding: 1, inputs: inputs * c, outputs: outputs * c },
    })
  );
  const last = convolution(p, `${name}.conv`, {
    ...{ inputs: c, outputs: 1, kernel: 3, stride: 1, padding: 1 },
  });
  return (x, before, after) => {
    const skips: Tensor[] = [];
    let value = x;
    down.forEach((block, i) => {
      value = block(i === 0 ? value : concat([value, before[i - 1], after[i - 1]]));
      skips.push(value);
    });
    value = up[0](concat([value, before[3], after[3]]));
    for (let i = 1; i < 4; i++) value = up[i](concat([value, skips[3 - i]]));
    return sigmoid(last(value));
  };
}
