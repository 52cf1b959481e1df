import type { Storage } from "../gpu/buffer_pool.ts";
import type { Device } from "../gpu/device.ts";
import { Kernel } from "../gpu/kernel.ts";
import packSource from "../wgsl/pack_channels.wgsl" with { type: "text" };
import unpackSource from "../wgsl/unpack_channels.wgsl" with { type: "text" };
import { elements, packChannels, quads, type Shape, unpackChannels } from "./shape.ts";

const packKernel = new Kernel("pack_channels", packSource);
const unpackKernel = new Kernel("unpack_channels", unpackSource);

/** Fewer values are packed on the host in less time than a dispatch takes. */
const LEAST_VALUES = 16384;
/** Of a dispatch, along one axis. */
const MOST_GROUPS = 65535;

/** True where unpacked values are fewer, and enough for the device to pack them. */
function travelsUnpacked(shape: Shape): boolean {
  return shape[1] % 4 !== 0 && elements(shape) >= LEAST_VALUES;
}

/** Puts values, row-major in [n][c][h][w], into a tensor's memory. */
export function upload(device: Device, storage: Storage, shape: Shape, values: Float32Array): void {
  if (!travelsUnpacked(shape)) return device.write(storage, packChannels(values, shape));
  const planes = device.allocate(4 * elements(shape));
  device.write(planes, values);
  run(device, packKernel, { x: planes, y: storage }, shape, quads(shape[1]));
  device.release(planes);
}

/** The inverse of {@link upload}. */
export async function download(
  device: Device,
  storage: Storage,
  shape: Shape,
): Promise<Float32Array<ArrayBuffer>> {
  if (!travelsUnpacked(shape)) return unpackChannels(await device.read(storage), shape);
  const planes = device.allocate(4 * elements(shape));
  run(device, unpackKernel, { x: storage, y: planes }, shape, shape[1]);
  const reading = device.read(planes);
  // The copy is recorded: what takes the memory next is written after it.
  device.release(planes);
  return await reading;
}

function run(
  device: Device,
  kernel: Kernel,
  buffers: Readonly<Record<"x" | "y", Storage>>,
  [batch, channels, height, width]: Shape,
  planes: number,
): void {
  const area = height * width;
  const groups = Math.min(Math.ceil(area / 64), MOST_GROUPS);
  device.run(kernel, buffers, { area, channels }, [groups, planes, batch]);
}
