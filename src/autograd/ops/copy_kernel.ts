import type { Storage } from "../../gpu/buffer_pool.ts";
import type { Device } from "../../gpu/device.ts";
import { Kernel } from "../../gpu/kernel.ts";
import copyQuadsSource from "../../wgsl/copy_quads.wgsl" with { type: "text" };
import type { Shape } from "../shape.ts";
import { linearGrid } from "./dispatch.ts";

const copyQuadsKernel = new Kernel("copy_quads", copyQuadsSource);

/** Where quads of channels are copied from and to: size in all, count of each sample. */
interface QuadCopy {
  readonly size: number;
  readonly count: number;
  readonly from: number;
  readonly to: number;
  /** Quads from a sample to the next, of x and of y. */
  readonly strides: readonly [x: number, y: number];
}

/** Records a copy of quads of channels of each sample of x into y. */
export function copyQuads(
  device: Device,
  x: { readonly storage: Storage },
  y: { readonly storage: Storage; readonly shape: Shape },
  { size, count, from, to, strides }: QuadCopy,
): void {
  device.run(
    copyQuadsKernel,
    { x: x.storage, y: y.storage },
    {
      size,
      area: y.shape[2] * y.shape[3],
      count,
      from_quad: from,
      to_quad: to,
      x_quads: strides[0],
      y_quads: strides[1],
    },
    linearGrid(size),
  );
}

/** Records a copy of all of x, this many quads, into y, which may be of the other format. */
export function convert(device: Device, x: Storage, y: Storage, size: number): void {
  const whole = { area: size, count: 1, from_quad: 0, to_quad: 0, x_quads: 1, y_quads: 1 };
  device.run(copyQuadsKernel, { x, y }, { size, ...whole }, linearGrid(size));
}
