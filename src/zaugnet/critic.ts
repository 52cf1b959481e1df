import { leakyRelu } from "../autograd/ops/mod.ts";
import { convolution, type Layer } from "../nn/layers.ts";
import type { ParameterStore } from "../nn/module.ts";
import { PAPER_WIDTHS } from "./widths.ts";

/**
 * The WGAN critic: six halving convolutions and one over the 4 x 4 that is left, none with a bias.
 * [n,1,256,256] -> [n,1,1,1]; larger images answer a map.
 */
export function critic(p: ParameterStore, widths = PAPER_WIDTHS.critic): Layer {
  const halving = widths.map((outputs, i) =>
    convolution(p, `layers.${2 * i}`, {
      inputs: i === 0 ? 1 : widths[i - 1],
      outputs,
      kernel: 4,
      stride: 2,
      padding: 1,
      bias: false,
    })
  );
  const last = convolution(p, "layers.12", {
    inputs: widths[widths.length - 1],
    outputs: 1,
    kernel: 4,
    stride: 1,
    padding: 0,
    bias: false,
  });
  return (x) => last(halving.reduce((value, layer) => leakyRelu(layer(value), 0.2), x));
}
