import { concat } from "../autograd/ops/mod.ts";
import { featureFormat, isRecordingHistory } from "../autograd/op.ts";
import { release, scope } from "../autograd/scope.ts";
import { Tensor } from "../autograd/tensor.ts";
import { convolution, transposedConvolutionPrelu } from "../nn/layers.ts";
import type { ParameterStore } from "../nn/module.ts";
import { halvingBlock } from "./context_net.ts";

/**
 * Where the tensors of a level are to be written. They lie side by side in this order, so that the
 * way down, which joins the last three, and the way up, which joins the first two, copy nothing. A
 * history needs them apart: then they are undefined.
 */
export interface Places {
  readonly up?: Tensor;
  readonly skip?: Tensor;
  /** The features of both contexts. */
  readonly before?: Tensor;
  readonly after?: Tensor;
}

/** The refinement network. */
export interface RefinementNet {
  /** Memory for the levels at 1/2, 1/4, 1/8 and 1/16 of x's size. */
  places(x: Tensor): readonly Places[];
  /**
   * Refines images, warped images, mask and flow [n,9,h,w] with the two contexts, which it frees
   * (where no history needs them). The answer [n,1,h,w] are logits: their sigmoid stands for a
   * residual of -1..1.
   */
  refine(
    x: Tensor,
    before: readonly Tensor[],
    after: readonly Tensor[],
    places: readonly Places[],
  ): Tensor;
}

/** Declares the refinement U-Net's parameters; `c` is the width of the context. */
export function refinementNet(p: ParameterStore, name: string, c: number): RefinementNet {
  const down = [
    halvingBlock(p, `${name}.down0`, 9, 2 * c),
    halvingBlock(p, `${name}.down1`, 4 * c, 4 * c),
    halvingBlock(p, `${name}.down2`, 8 * c, 8 * c),
    halvingBlock(p, `${name}.down3`, 16 * c, 16 * c),
  ];
  const up = [[32, 8], [16, 4], [8, 2], [4, 1]].map(([inputs, outputs], i) =>
    transposedConvolutionPrelu(p, `${name}.up${i}`, {
      kernel: 4,
      stride: 2,
      padding: 1,
      inputs: inputs * c,
      outputs: outputs * c,
    })
  );
  const last = convolution(p, `${name}.conv`, {
    inputs: c,
    outputs: 1,
    kernel: 3,
    stride: 1,
    padding: 1,
  });

  const placesAt = ({ device, shape: [n, , h, w] }: Tensor, level: number): Places => {
    if (isRecordingHistory()) return {};
    const scale = 2 ** level;
    const features = scale * c;
    const upwards = level < 3 ? 2 * features : 0;
    const sides = [h / (2 * scale), w / (2 * scale)] as const;
    const all = Tensor.empty(device, [n, upwards + 4 * features, ...sides], featureFormat());
    const places = {
      up: upwards > 0 ? all.channels(0, upwards) : undefined,
      skip: all.channels(upwards, 2 * features),
      before: all.channels(upwards + 2 * features, features),
      after: all.channels(upwards + 3 * features, features),
    };
    // The memory lives as long as one of its parts.
    all.dispose();
    return places;
  };

  return {
    places: (x) => [0, 1, 2, 3].map((level) => placesAt(x, level)),
    refine(x, before, after, places) {
      const skips = [down[0](x, { into: places[0].skip })];
      for (let i = 1; i < 4; i++) {
        skips.push(
          scope(() => {
            const joined = concat([skips[i - 1], before[i - 1], after[i - 1]]);
            return down[i](joined, { into: places[i].skip });
          }),
        );
        release(before[i - 1], after[i - 1]);
      }
      let value = scope(() =>
        up[0](concat([skips[3], before[3], after[3]]), { into: places[2].up })
      );
      release(skips[3], before[3], after[3]);
      for (let i = 1; i < 4; i++) {
        const coarse = value;
        value = scope(() => up[i](concat([coarse, skips[3 - i]]), { into: places[2 - i]?.up }));
        release(coarse, skips[3 - i]);
      }
      return last(value);
    },
  };
}
