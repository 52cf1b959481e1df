import type { Storage } from "../../gpu/buffer_pool.ts";
import type { Device } from "../../gpu/device.ts";
import { type Format, QUAD_BYTES } from "../../gpu/storage_format.ts";
import { Kernel } from "../../gpu/kernel.ts";
import packWeightsSource from "../../wgsl/pack_weights.wgsl" with { type: "text" };
import { quads } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { linearGrid } from "./dispatch.ts";

const packWeightsKernel = new Kernel("pack_weights", packWeightsSource);

/** In which order a kernel reads weights. */
export interface Packing {
  readonly tile: number;
  readonly tiles: number;
  readonly tapsX: number;
  readonly tapsY: number;
  readonly phases: number;
  readonly padding: number;
  readonly transposed: boolean;
  readonly format: Format;
}

/** The weights in a kernel's order; those of parameters are kept until they change. */
export function packWeights(device: Device, weight: Tensor, packing: Packing): [Storage, boolean] {
  const { tile, tiles, tapsX, tapsY, phases, padding, transposed, format } = packing;
  const key = JSON.stringify(packing);
  const known = weight.derived?.get(key);
  if (known) return [known, false];
  const [first, second, kernelY, kernelX] = weight.shape;
  const [inputs, outputs] = transposed ? [first, second] : [second, first];
  const size = phases * phases * tiles * tapsX * tapsY * quads(inputs) * tile;
  const packed = device.allocate(size * QUAD_BYTES[format], format);
  device.run(
    packWeightsKernel,
    { weight: weight.storage, y: packed },
    {
      size: size / 4,
      tiles,
      taps_x: tapsX,
      taps_y: tapsY,
      phases,
      padding,
      inputs,
      outputs,
      kernel_x: kernelX,
      kernel_y: kernelY,
    },
    linearGrid(size / 4),
    { TILE: tile, TRANSPOSED: transposed ? 1 : 0 },
  );
  weight.derived?.set(key, packed);
  return [packed, weight.derived === undefined];
}
