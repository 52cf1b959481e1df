import { Kernel } from "../../gpu/kernel.ts";
import type { Storage } from "../../gpu/buffer_pool.ts";
import type { Device } from "../../gpu/device.ts";
import gatherQuadSource from "../../wgsl/gather_quad.wgsl" with { type: "text" };
import decimateSource from "../../wgsl/decimate.wgsl" with { type: "text" };
import insertZerosSource from "../../wgsl/insert_zeros.wgsl" with { type: "text" };
import { defineOp, isRecordingHistory } from "../op.ts";
import { formatShape, packedQuads, quads, type Shape, ShapeError } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { copyQuads } from "./copy_kernel.ts";
import { linearGrid } from "./dispatch.ts";

const gatherQuadKernel = new Kernel("gather_quad", gatherQuadSource);
const decimateKernel = new Kernel("decimate", decimateSource);
const insertZerosKernel = new Kernel("insert_zeros", insertZerosSource);

/** A channel of a tensor. */
interface SourceChannel {
  readonly x: Tensor;
  readonly channel: number;
}

/** Channels first..first + count - 1 of x. */
function channelsOf(x: Tensor, first: number, count: number): SourceChannel[] {
  return Array.from({ length: count }, (_, i) => ({ x, channel: first + i }));
}

/**
 * Writes y's channels, one source each; undefined ones become 0. Quads that lie in a source as they
 * are wanted are copied whole, the others are put together of their lanes.
 */
function assemble(device: Device, y: Tensor, lanes: readonly (SourceChannel | undefined)[]): void {
  const spare = lanes.find((lane) => lane !== undefined)!.x;
  let quad = 0;
  while (quad < quads(y.shape[1])) {
    const four = lanes.slice(4 * quad, 4 * quad + 4);
    const first = wholeQuad(four);
    if (!first) {
      gatherQuad(device, y, quad, four, spare);
      quad++;
      continue;
    }
    let count = 1;
    for (;; count++) {
      const next = wholeQuad(lanes.slice(4 * (quad + count), 4 * (quad + count) + 4));
      if (next?.x !== first.x || next.channel !== first.channel + 4 * count) break;
    }
    const [batch, channels, height, width] = first.x.shape;
    copyQuads(device, first.x, y, {
      size: batch * count * height * width,
      count,
      from: first.channel / 4,
      to: quad,
      strides: [quads(channels), quads(y.shape[1])],
    });
    quad += count;
  }
}

/** The first lane of four that are a quad of their tensor, spare channels included. */
function wholeQuad(four: readonly (SourceChannel | undefined)[]): SourceChannel | undefined {
  const [first] = four;
  if (!first || first.channel % 4 !== 0) return undefined;
  const { x, channel } = first;
  const expected = Math.min(4, x.shape[1] - channel);
  const there = (lane: SourceChannel | undefined, i: number) =>
    lane?.x === x && lane.channel === channel + i;
  const whole = four.length >= expected &&
    four.every((lane, i) => i < expected ? there(lane, i) : lane === undefined);
  return whole ? first : undefined;
}

/** gather_quad.wgsl's mark of a lane that is 0. */
const NONE = 0xffffffff;

function gatherQuad(
  device: Device,
  y: Tensor,
  quad: number,
  four: readonly (SourceChannel | undefined)[],
  spare: Tensor,
): void {
  const [batch, channels, height, width] = y.shape;
  const area = height * width;
  const size = batch * area;
  const buffers: Record<string, Storage> = { y: y.storage };
  const params: Record<string, number> = { size, area, y_quads: quads(channels), y_quad: quad };
  for (let i = 0; i < 4; i++) {
    // A binding must be filled even where nothing is read from it.
    const { x, channel } = four[i] ?? { x: spare, channel: NONE };
    buffers[`x${i}`] = x.storage;
    params[`quads${i}`] = quads(x.shape[1]);
    params[`channel${i}`] = channel;
  }
  device.run(gatherQuadKernel, buffers, params, linearGrid(size));
}

const concatOp = defineOp<undefined>("concat", {
  shape(shapes) {
    const [n, , h, w] = shapes[0];
    if (shapes.some((shape) => shape[0] !== n || shape[2] !== h || shape[3] !== w)) {
      throw new ShapeError("the inputs differ in more than their channels");
    }
    return [n, shapes.reduce((total, shape) => total + shape[1], 0), h, w];
  },
  forward: (device, inputs, y) =>
    assemble(device, y, inputs.flatMap((x) => channelsOf(x, 0, x.shape[1]))),
  gradients: [(g, { inputs, index }) => {
    const from = inputs.slice(0, index).reduce((total, x) => total + x.shape[1], 0);
    return sliceChannels(g, from, inputs[index].shape[1]);
  }],
});

/**
 * Joins tensors along their channels. Nothing is copied where they already lie side by side in one
 * tensor's memory ({@link Tensor.channels}).
 */
export function concat(inputs: readonly Tensor[]): Tensor {
  if (inputs.length === 1) return inputs[0];
  const joined = isRecordingHistory() ? undefined : Tensor.joined(inputs);
  return joined ?? concatOp(inputs, undefined);
}

interface ChannelRange {
  readonly from: number;
  readonly count: number;
}

const sliceOp = defineOp<ChannelRange>("sliceChannels", {
  shape([[n, c, h, w]], { from, count }) {
    if (from < 0 || count < 1 || from + count > c) {
      throw new ShapeError(`there are no channels ${from}..${from + count - 1} among ${c}`);
    }
    return [n, count, h, w];
  },
  forward: (device, [x], y, { from, count }) => assemble(device, y, channelsOf(x, from, count)),
  gradients: [(g, { inputs: [x], options }) => embedChannels(g, options.from, x.shape[1])],
});

/** Channels from..from + count - 1 of x. */
export function sliceChannels(x: Tensor, from: number, count: number): Tensor {
  return sliceOp([x], { from, count });
}

const embedOp = defineOp<{ readonly from: number; readonly channels: number }>("embedChannels", {
  shape([[n, c, h, w]], { from, channels }) {
    if (from < 0 || from + c > channels) {
      throw new ShapeError(`${c} channels from ${from} on do not fit into ${channels}`);
    }
    return [n, channels, h, w];
  },
  forward(device, [x], y, { from, channels }) {
    const before = Array.from({ length: from }, () => undefined);
    const after = Array.from({ length: channels - from - x.shape[1] }, () => undefined);
    assemble(device, y, [...before, ...channelsOf(x, 0, x.shape[1]), ...after]);
  },
  gradients: [(g, { inputs: [x], options }) => sliceChannels(g, options.from, x.shape[1])],
});

/** x as the channels from `from` on of a tensor of `channels`, the others 0: slicing's transpose. */
export function embedChannels(x: Tensor, from: number, channels: number): Tensor {
  return embedOp([x], { from, channels });
}

function runEverySecond(kernel: Kernel, device: Device, x: Tensor, y: Tensor): void {
  const size = packedQuads(y.shape);
  const [, , height, width] = y.shape;
  const [, , xHeight, xWidth] = x.shape;
  device.run(
    kernel,
    { x: x.storage, y: y.storage },
    { size, width, height, x_width: xWidth, x_height: xHeight },
    linearGrid(size),
  );
}

const decimateOp = defineOp<undefined>("decimate", {
  shape: ([[n, c, h, w]]) => [n, c, Math.ceil(h / 2), Math.ceil(w / 2)],
  forward: (device, [x], y) => runEverySecond(decimateKernel, device, x, y),
  gradients: [(g, { inputs: [x] }) => insertZeros(g, x.shape[2], x.shape[3])],
});

/** Every second pixel of every second row, the first included. */
export function decimate(x: Tensor): Tensor {
  return decimateOp([x], undefined);
}

const insertZerosOp = defineOp<{ readonly height: number; readonly width: number }>("insertZeros", {
  shape([[n, c, h, w]], { height, width }): Shape {
    const y: Shape = [n, c, height, width];
    if (Math.ceil(height / 2) !== h || Math.ceil(width / 2) !== w) {
      throw new ShapeError(`[${h},${w}] is not every second pixel of ${formatShape(y)}`);
    }
    return y;
  },
  forward: (device, [x], y) => runEverySecond(insertZerosKernel, device, x, y),
  gradients: [(g) => decimate(g)],
});

/** x's pixels at the even places of a height x width image, 0 between: decimation's transpose. */
export function insertZeros(x: Tensor, height: number, width: number): Tensor {
  return insertZerosOp([x], { height, width });
}
