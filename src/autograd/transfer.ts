import type { Storage } from "../gpu/buffer_pool.ts";
import type { Device } from "../gpu/device.ts";
import { QUAD_BYTES } from "../gpu/storage_format.ts";
import { Kernel } from "../gpu/kernel.ts";
import packSource from "../wgsl/pack_channels.wgsl" with { type: "text" };
import unpackSource from "../wgsl/unpack_channels.wgsl" with { type: "text" };
import { convert } from "./ops/copy_kernel.ts";
import { elements, packChannels, packedQuads, quads, type Shape, unpackChannels } from "./shape.ts";

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

/** Puts values, row-major in [n][c][h][w], one array after the other into a tensor's memory. */
export function upload(
  device: Device,
  storage: Storage,
  shape: Shape,
  parts: readonly Float32Array[],
): void {
  if (!travelsUnpacked(shape)) return device.write(storage, packChannels(join(parts), shape));
  const planes = device.allocate(4 * elements(shape));
  let from = 0;
  for (const part of parts) {
    device.write(planes, part, from);
    from += part.byteLength;
  }
  run(device, packKernel, { x: planes, y: storage }, shape, quads(shape[1]));
  device.release(planes);
}

/** The inverse of {@link upload}: values in this many arrays of the same length, halves widened. */
export async function download(
  device: Device,
  storage: Storage,
  shape: Shape,
  parts: number,
): Promise<Float32Array<ArrayBuffer>[]> {
  if (storage.format === "f16") {
    const wide = device.allocate(QUAD_BYTES.f32 * packedQuads(shape));
    convert(device, storage, wide, packedQuads(shape));
    const reading = download(device, wide, shape, parts);
    device.release(wide);
    return await reading;
  }
  if (!travelsUnpacked(shape)) {
    return split(unpackChannels(await device.read(storage), shape), parts);
  }
  const planes = device.allocate(4 * elements(shape));
  run(device, unpackKernel, { x: storage, y: planes }, shape, shape[1]);
  const reading = device.readParts(planes, parts);
  // The copy is recorded: what takes the memory next is written after it.
  device.release(planes);
  return await reading;
}

function join(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0];
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let from = 0;
  for (const part of parts) {
    joined.set(part, from);
    from += part.length;
  }
  return joined;
}

function split(values: Float32Array<ArrayBuffer>, parts: number): Float32Array<ArrayBuffer>[] {
  if (parts === 1) return [values];
  const length = values.length / parts;
  return Array.from({ length: parts }, (_, i) => values.slice(i * length, (i + 1) * length));
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
