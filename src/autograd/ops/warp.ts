import { Kernel } from "../../gpu/kernel.ts";
import flowGradientSource from "../../wgsl/warp_flow_gradient.wgsl" with { type: "text" };
import resolveSource from "../../wgsl/warp_resolve.wgsl" with { type: "text" };
import scatterSource from "../../wgsl/warp_scatter.wgsl" with { type: "text" };
import warpSource from "../../wgsl/warp.wgsl" with { type: "text" };
import { defineOp } from "../op.ts";
import { formatShape, packedQuads, quads, type Shape, ShapeError } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { linearGrid } from "./dispatch.ts";
import { embedChannels } from "./layout.ts";
import { largestMagnitude } from "./reduce_kernel.ts";

const warpKernel = new Kernel("warp", warpSource);
const scatterKernel = new Kernel("warp_scatter", scatterSource);
const resolveKernel = new Kernel("warp_resolve", resolveSource);
const flowGradientKernel = new Kernel("warp_flow_gradient", flowGradientSource);

const FIRST_ORDER = { notDifferentiable: "a warp's gradients are first-order only" };

interface WarpOptions {
  /** Which of the flow's channels holds dx; dy is the next. */
  readonly from: 0 | 2;
}

function checkFlow(x: Shape, flow: Shape, { from }: WarpOptions): void {
  if (flow[0] !== x[0] || flow[1] < from + 2 || flow[2] !== x[2] || flow[3] !== x[3]) {
    throw new ShapeError(`the flow ${formatShape(flow)} does not fit the image ${formatShape(x)}`);
  }
}

function geometry({ shape }: Tensor) {
  const [, channels, height, width] = shape;
  return { size: packedQuads(shape), width, height, quads: quads(channels) };
}

function flowAt(flow: Tensor, from: number) {
  return { flow_quads: quads(flow.shape[1]), flow_from: from };
}

const warpOp = defineOp<WarpOptions>("warp", {
  shape([x, flow], options) {
    checkFlow(x, flow, options);
    return x;
  },
  forward(device, [x, flow], y, { from }) {
    const { storage, from: first, quads } = y.place;
    const buffers = { x: x.storage, flow: flow.storage, y: storage };
    const place = { y_from: first, y_quads: quads };
    const params = { ...geometry(x), ...flowAt(flow, from), ...place };
    device.run(warpKernel, buffers, params, linearGrid(packedQuads(x.shape)));
  },
  gradients: [
    (g, { inputs: [, flow], options }) => warpTransposeOp([g, flow], options),
    (g, { inputs: [x, flow], options }) => {
      const along = warpFlowGradientOp([x, flow, g], options);
      return flow.shape[1] === 2 ? along : embedChannels(along, options.from, flow.shape[1]);
    },
  ],
});

const warpTransposeOp = defineOp<WarpOptions>("warpTranspose", {
  shape([g, flow], options) {
    checkFlow(g, flow, options);
    return g;
  },
  forward(device, [g, flow], y, { from }) {
    const size = packedQuads(g.shape);
    const peak = largestMagnitude(g);
    const sums = device.allocate(size * 32);
    // All pixels of a plane may land on one: as many must fit into 31 bits.
    const unit = 2 ** (30 - Math.ceil(Math.log2(g.shape[2] * g.shape[3])));
    device.clear(sums);
    const shared = { flow: flow.storage, peak: peak.storage, sums };
    const params = { ...geometry(g), ...flowAt(flow, from), unit: Math.min(unit, 2 ** 14) };
    device.run(scatterKernel, { ...shared, g: g.storage }, params, linearGrid(size));
    const resolve = { sums, peak: peak.storage, y: y.storage };
    const quadsOfSample = size / g.shape[0];
    device.run(
      resolveKernel,
      resolve,
      { size, quads_of_sample: quadsOfSample, unit: params.unit },
      linearGrid(size),
    );
    device.release(sums);
    peak.dispose();
  },
  gradients: [FIRST_ORDER],
});

const warpFlowGradientOp = defineOp<WarpOptions>("warpFlowGradient", {
  shape: ([, [n, , h, w]]) => [n, 2, h, w],
  forward(device, [x, flow, g], y, { from }) {
    const buffers = { x: x.storage, flow: flow.storage, g: g.storage, y: y.storage };
    const size = packedQuads(y.shape);
    const params = { ...geometry(x), ...flowAt(flow, from), size };
    device.run(flowGradientKernel, buffers, params, linearGrid(size));
  },
  gradients: [FIRST_ORDER],
});

/**
 * Backward warping: y(p) = x(p + flow(p)), bilinear, positions clamped to the image. x [n,c,h,w],
 * flow [n,c,h,w] in pixels, channel `from` along x, the next along y. First-order gradients. Where no
 * history is recorded, the result may be written into a tensor that is there.
 */
export function warp(x: Tensor, flow: Tensor, from: 0 | 2 = 0, into?: Tensor): Tensor {
  return warpOp([x, flow], { from }, into);
}
