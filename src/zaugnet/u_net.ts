import { concat } from "../autograd/ops/mod.ts";
import { release, scope } from "../autograd/scope.ts";
import type { Tensor } from "../autograd/tensor.ts";
import { convolution, transposedConvolutionPrelu } from "../nn/layers.ts";
import type { ParameterStore } from "../nn/module.ts";
import { CONTEXT_WIDTH, halvingBlock } from "./context_net.ts";

/**
 * The refinement: images, warped images, mask and flow [n,9,h,w] with the two contexts,
 * which it frees (where no history needs them).
 */
export type RefinementNet = (
  x: Tensor,
  before: readonly Tensor[],
  after: readonly Tensor[],
) => Tensor;

/** The refinement U-Net; its answer [n,1,h,w] are logits: their sigmoid stands for a residual of -1..1. */
export function refinementNet(p: ParameterStore, name: string): RefinementNet {
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
    const skips = [down[0](x)];
    for (let i = 1; i < 4; i++) {
      skips.push(scope(() => down[i](concat([skips[i - 1], before[i - 1], after[i - 1]]))));
      release(before[i - 1], after[i - 1]);
    }
    let value = scope(() => up[0](concat([skips[3], before[3], after[3]])));
    release(skips[3], before[3], after[3]);
    for (let i = 1; i < 4; i++) {
      const coarse = value;
      value = scope(() => up[i](concat([coarse, skips[3 - i]])));
      release(coarse, skips[3 - i]);
    }
    return last(value);
  };
}
