import type { Device } from "../../gpu/device.ts";
import { isRecordingHistory } from "../op.ts";
import { quads } from "../shape.ts";
import { hasSubgroupsOf8 } from "./dispatch.ts";
import { winogradTiles } from "./winograd.ts";

const TILED = ["tiled16", "tiled32", "tiledInParts"] as const;

/** Names of the kernels that multiply every pixel with every tap. */
export type DirectKernelName =
  | "plain"
  | typeof TILED[number]
  | "subgroup8x8"
  | "subgroup16x4"
  | "subgroup32x4";

/** Names of all kernels, for tuning, tests and benches. */
export type ConvolutionKernelName = DirectKernelName | "winograd" | "winogradTiled" | "whole";

/** How a kernel moves over the image. */
export interface ConvolutionPlacement {
  readonly stride: number;
  readonly padding: number;
  /** The weight's first axis are x's channels, and x is spread by the stride. */
  readonly transposed: boolean;
}

/**
 * What a kernel is chosen by. The batch is not part of it: else bits would depend on how a
 * stack is cut into batches (docs/decisions/0004-several-adapters.md).
 */
export interface ConvolutionGeometry extends ConvolutionPlacement {
  readonly inputs: number;
  readonly outputs: number;
  /** Heights and widths of the kernel, of x and of the result. */
  readonly kernel: readonly [number, number];
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
}

/** A geometry's name among a device's choices: images of about as many pixels share one. */
export function geometryName(geometry: ConvolutionGeometry): string {
  const { inputs, outputs, kernel, to, stride, padding, transposed } = geometry;
  const size = Math.round(Math.log2(to[0] * to[1]));
  return `${transposed ? "transposed " : ""}${kernel.join("x")} stride ${stride} ` +
    `padding ${padding}, ${inputs} to ${outputs} channels, 2^${size} pixels`;
}

/**
 * The kernels that compute a convolution right on a device and may be the fastest there: in
 * software, workgroup memory costs what it saves on GPUs, and the plain kernel is ten times slower
 * than those for subgroups. Of these, what took 1.25 to 5 times as long as another for every shape of
 * the networks is left out.
 */
export function candidates(
  device: Device,
  geometry: ConvolutionGeometry,
): ConvolutionKernelName[] {
  const gpu = device.adapter.type === "gpu";
  const subgroups = hasSubgroupsOf8(device);
  const winograd = hasWinogradsForm(geometry);
  return [
    ...gpu || !subgroups ? ["plain"] as const : [],
    ...gpu ? TILED.filter((name) => name !== "tiledInParts" || isSmall(geometry)) : [],
    ...gpu && winograd ? ["winogradTiled"] as const : [],
    ...gpu && coversImage(geometry) ? ["whole"] as const : [],
    ...subgroups ? inSubgroups(geometry) : [],
    ...subgroups && winograd ? ["winograd"] as const : [],
  ];
}

/** A tile of 32 wastes most of its products on few channels, one of 8 loads pixels again for each. */
function inSubgroups({ outputs }: ConvolutionGeometry): readonly DirectKernelName[] {
  return outputs <= 8 ? ["subgroup8x8", "subgroup16x4"] : ["subgroup16x4", "subgroup32x4"];
}

/** True for the two forms that Winograd's algorithm is written for. */
function hasWinogradsForm(
  { kernel: [height, width], stride, padding, transposed }: ConvolutionGeometry,
): boolean {
  if (height !== width || padding !== 1) return false;
  return height === 3 && stride === 1 || height === 4 && stride === 2 && transposed;
}

/** True where the kernel is as large as the image: the result is one pixel, a sum of products. */
function coversImage({ kernel, from, padding, transposed }: ConvolutionGeometry): boolean {
  return !transposed && padding === 0 && kernel[0] === from[0] && kernel[1] === from[1];
}

/**
 * True where one image's result is too small to keep a large GPU busy, and its channels many enough
 * to be summed in parts.
 */
function isSmall({ inputs, outputs, to: [height, width] }: ConvolutionGeometry): boolean {
  return height * width <= 64 && inputs >= 64 && outputs > 16;
}

/**
 * Tiles and channels from which Winograd's transforms cost less than they save (measured). Of a
 * transposed convolution, the four phases of its result are multiplied as separate channels.
 */
const WINOGRAD_TILES = 16;
const WINOGRAD_CHANNELS = {
  gpu: { same: 48, phases: 32 },
  software: { same: 32, phases: 64 },
};

/** True where Winograd's algorithm is faster (docs/decisions/0003-winograd.md says how exact it is). */
function winogradPays({ adapter }: Device, geometry: ConvolutionGeometry): boolean {
  const { inputs, outputs, from, stride } = geometry;
  const { same, phases } = WINOGRAD_CHANNELS[adapter.type];
  const [products, least] = stride === 1 ? [outputs, same] : [4 * 4 * quads(outputs), phases];
  return hasWinogradsForm(geometry) &&
    Math.min(inputs, products) >= least &&
    winogradTiles(from, stride) >= WINOGRAD_TILES;
}

/** The kernel that was the fastest where the rules were measured. */
export function kernelByRule(
  device: Device,
  geometry: ConvolutionGeometry,
): ConvolutionKernelName {
  const { inputs, outputs } = geometry;
  if (!hasSubgroupsOf8(device)) {
    // Software adapters pay for workgroup memory what GPUs save by it.
    if (device.adapter.type === "software") return "plain";
    if (winogradPays(device, geometry)) return "winogradTiled";
    if (coversImage(geometry)) return "whole";
    // The plain kernel wastes no channels.
    if (outputs <= 8 || inputs <= 4) return "plain";
    if (isSmall(geometry)) return "tiledInParts";
    return outputs <= 16 ? "tiled16" : "tiled32";
  }
  if (winogradPays(device, geometry)) return "winograd";
  // Loads are dear there, from textures and from buffers: many pixels share one of weights. With few
  // channels to add up, what a wider tile does once for each tap costs more than its loads save.
  if (outputs <= 8) return "subgroup8x8";
  return outputs <= 16 || inputs <= 16 ? "subgroup16x4" : "subgroup32x4";
}

let asked: Map<string, ConvolutionGeometry> | undefined;

/** The geometries of the convolutions that `record` records, those of one name once. */
export function convolutionsIn(record: () => void): ConvolutionGeometry[] {
  const own = asked = new Map();
  try {
    record();
  } finally {
    asked = undefined;
  }
  return [...own.values()];
}

/**
 * The device's choice where it has one that is right there, else the rules'. Choices are of
 * predictions: what a recorded history rests on keeps to the rules.
 */
export function chooseKernel(
  device: Device,
  geometry: ConvolutionGeometry,
): ConvolutionKernelName {
  asked?.set(geometryName(geometry), geometry);
  const rule = kernelByRule(device, geometry);
  // Each convolution passes through here: names are made only where a device has choices.
  if (isRecordingHistory() || device.kernelChoices.size === 0) return rule;
  const chosen = device.kernelChoices.get(geometryName(geometry));
  return candidates(device, geometry).find((candidate) => candidate === chosen) ?? rule;
}
