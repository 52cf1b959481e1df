import { Kernel } from "../../gpu/kernel.ts";
import flowGradientSource from "../../wgsl/warp_flow_gradient.wgsl" with { type: "text" };
import resolveSource from "../../wgsl/warp_resolve.wgsl" with { type: "text" };
import scatterSource from "../../wgsl/warp_scatter.wgsl" with { type: "text" };
import warpSource from "../../wgsl/warp.wgsl" with { type: "text" };
import { defineOp } from "../op.ts";
import { formatShape, packedQuads, quads, type Shape, ShapeError } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { linearGrid } from "./dispatch.ts";
import { largestMagnitude } from "./reduction.ts";

const warpKernel = new Kernel("warp", warpSource);
const scatterKernel = new Kernel("warp_scatter", scatterSource);
const resolveKernel = new Kernel("warp_resolve", resolveSource);
const flowGradientKernel = new Kernel("warp_flow_gradient", flowGradientSource);

const FIRST_ORDER = { notDifferentiable: "a warp's gradients are first-order only" };

function checkFlow(x: Shape, flow: Shape): void {
  if (flow[0] !== x[0] || flow[1] !== 2 || flow[2] !== x[2] || flow[3] !== x[3]) {
    throw new ShapeError(
      `the flow ${formatShape(flow)} is not [${x[0]},2,${x[2]},${x[3]}], as the image asks`,
    );
  }
}

function geometry({ shape }: Tensor) {
  const [, channels, height, width] = shape;
  return { size: packedQuads(shape), width, height, quads: quads(channels) };
}

const warpOp = defineOp<undefined>("warp", {
  shape([x, flow]) {
    checkFlow(x, flow);
    return x;
  },
  forward(device, [x, flow], y) {
    const buffers = { x: x.storage, flow: flow.storage, y: y.storage };
    device.run(warpKernel, buffers, geometry(x), linearGrid(packedQuads(x.shape)));
  },
  gradients: [
    (g, { inputs: [, flow] }) => warpTransposeOp([g, flow], undefined),
    (g, { inputs: [x, flow] }) => warpFlowGradientOp([x, flow, g], undefined),
  ],
});

const warpTransposeOp = defineOp<undefined>("warpTranspose", {
  shape([g, flow]) {
    checkFlow(g, flow);
    return g;
  },
  forward(device, [g, flow], y) {
    const size = packedQuads(g.shape);
    const peak = largestMagnitude(g);
    const sums = device.allocate(size * 32);
    // All pixels of a plane may land on one: as many must fit into 31 bits.
    const unit = 2 ** (30 - Math.ceil(Math.log2(g.shape[2] * g.shape[3])));
    device.clear(sums);
    const shared = { flow: flow.storage, peak: peak.storage, sums };
    const params = { ...geometry(g), unit: Math.min(unit, 2 ** 14) };
    device.run(scatterKernel, { ...shared, g: g.storage }, params, linearGrid(size));
    const resolve = { sums, peak: peak.storage, y: y.storage };
    device.run(resolveKernel, resolve, { size, unit: params.unit }, linearGrid(size));
    device.release(sums);
    peak.dispose();
  },
  gradients: [FIRST_ORDER],
});

const warpFlowGradientOp = defineOp<undefined>("warpFlowGradient", {
  shape: ([, flow]) => flow,
  forward(device, [x, flow, g], y) {
    const buffers = { x: x.storage, flow: flow.storage, g: g.storage, y: y.storage };
    const size = packedQuads(flow.shape);
    device.run(flowGradientKernel, buffers, { ...geometry(x), size }, linearGrid(size));
  },
  gradients: [FIRST_ORDER],
});

/**
 * Backward warping: y(p) = x(p + flow(p)), bilinear, positions clamped to the image. x [n,c,h,w],
 * flow [n,2,h,w] in pixels, channel 0 along x, channel 1 along y. First-order gradients.
 */
export function warp(x: Tensor, flow: Tensor): Tensor {
  return warpOp([x, flow], undefined);
}
