import { Kernel } from "../../gpu/kernel.ts";
import type { Device } from "../../gpu/device.ts";
import copyChannelsSource from "../../wgsl/copy_channels.wgsl" with { type: "text" };
import copyQuadsSource from "../../wgsl/copy_quads.wgsl" with { type: "text" };
import decimateSource from "../../wgsl/decimate.wgsl" with { type: "text" };
import insertZerosSource from "../../wgsl/insert_zeros.wgsl" with { type: "text" };
import { defineOp } from "../op.ts";
import { formatShape, packedQuads, quads, type Shape, ShapeError } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { linearGrid } from "./dispatch.ts";

const copyChannelsKernel = new Kernel("copy_channels", copyChannelsSource);
const copyQuadsKernel = new Kernel("copy_quads", copyQuadsSource);
const decimateKernel = new Kernel("decimate", decimateSource);
const insertZerosKernel = new Kernel("insert_zeros", insertZerosSource);

/** Copies channels of x into y; `count` may reach past x's channels, which then writes zeros. */
function copyChannels(
  device: Device,
  x: Tensor,
  y: Tensor,
  { from, to, count }: { from: number; to: number; count: number },
): void {
  const [batch, channels, height, width] = x.shape;
  const area = height * width;
  const buffers = { x: x.storage, y: y.storage };
  const [xQuads, yQuads] = [quads(channels), quads(y.shape[1])];
  const whole = from % 4 === 0 && to % 4 === 0 && count % 4 === 0 &&
    (from + count) / 4 <= xQuads && (from + count <= channels || from + count === xQuads * 4);
  if (whole) {
    const size = batch * (count / 4) * area;
    device.run(
      copyQuadsKernel,
      buffers,
      {
        ...{ size, area, count: count / 4, from_quad: from / 4, to_quad: to / 4 },
        ...{ x_quads: xQuads, y_quads: yQuads },
      },
      linearGrid(size),
    );
    return;
  }
  const size = batch * count * area;
  device.run(
    copyChannelsKernel,
    buffers,
    {
      ...{ size, area, count, from_channel: from, to_channel: to },
      ...{ x_channels: channels, x_quads: xQuads, y_quads: yQuads },
    },
    linearGrid(size),
  );
}

const concatOp = defineOp<undefined>("concat", {
  shape(shapes) {
    const [n, , h, w] = shapes[0];
    if (shapes.some((shape) => shape[0] !== n || shape[2] !== h || shape[3] !== w)) {
      throw new ShapeError("the inputs differ in more than their channels");
    }
    return [n, shapes.reduce((total, shape) => total + shape[1], 0), h, w];
  },
  forward(device, inputs, y) {
    let to = 0;
    inputs.forEach((x, i) => {
      // The last input also fills the spare channels of y's last quad, with zeros.
      const end = i === inputs.length - 1 ? quads(y.shape[1]) * 4 : to + x.shape[1];
      copyChannels(device, x, y, { from: 0, to, count: end - to });
      to += x.shape[1];
    });
  },
  gradients: [(g, { inputs, index }) => {
    const from = inputs.slice(0, index).reduce((total, x) => total + x.shape[1], 0);
    return sliceChannels(g, from, inputs[index].shape[1]);
  }],
});

/** Joins tensors along their channels. */
export function concat(inputs: readonly Tensor[]): Tensor {
  return inputs.length === 1 ? inputs[0] : concatOp(inputs, undefined);
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
  forward(device, [x], y, { from, count }) {
    copyChannels(device, x, y, { from, to: 0, count });
    const spare = quads(count) * 4 - count;
    // Reading from past the last channel writes the zeros that spare channels hold.
    if (spare > 0) copyChannels(device, x, y, { from: x.shape[1], to: count, count: spare });
  },
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
  forward(device, [x], y, { from }) {
    device.clear(y.storage);
    copyChannels(device, x, y, { from: 0, to: from, count: x.shape[1] });
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
