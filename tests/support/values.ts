import assert from "assert";
import { elements, quads, type Shape, unpackChannels } from "../../src/autograd/shape.ts";
import type { Tensor } from "../../src/autograd/tensor.ts";
import { Formula } from "./formula.ts";

/** A tensor's values before they are on a device, or after. */
export interface Values {
  readonly shape: Shape;
  readonly data: Float32Array;
}

const formula = new Formula(0);

/** Numbers between -1 and 1, the same ones for the same name. */
export function randomValues(name: string, shape: Shape): Values {
  return { shape, data: formula.values(`${name} ${shape}`, elements(shape)) };
}

/** Downloads a tensor as it lies in memory, and fails where a spare channel is not 0. */
export async function readWhole(tensor: Tensor, what: string): Promise<Values> {
  const { shape } = tensor;
  const [, channels, height, width] = shape;
  const packed = await tensor.device.read(tensor.storage);
  packed.forEach((value, i) => {
    const quad = Math.floor(i / (4 * height * width)) % quads(channels);
    const channel = 4 * quad + i % 4;
    assert.ok(
      channel < channels || value === 0,
      `${what}: spare channel ${channel} of [${shape}] holds ${value}, which must be 0`,
    );
  });
  return { shape, data: unpackChannels(packed, shape) };
}
