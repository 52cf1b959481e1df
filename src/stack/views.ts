import { encode } from "fast-png";
import type { Slice } from "./stack.ts";

/** A grey picture of 8 bits, [height][width]. */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Where and how {@link xzView} cuts. */
export interface XzCut {
  /** Samples in a row of each slice. */
  readonly width: number;
  /** The row that is cut. */
  readonly y: number;
  /** Distance between slices and between samples, in the same unit. */
  readonly zStep: number;
  readonly xStep: number;
  /** Intensities that become black and white; pictures to compare need the same. */
  readonly range: readonly [black: number, white: number];
}

/**
 * Cuts a stack across its slices, in its true proportions: x to the right, z downwards, from the
 * middle of the first slice to that of the last. Each row shows the nearest slice, so that coarse
 * slices look coarse, and stacks over the same depth give pictures of one height.
 */
export function xzView(slices: readonly Slice[], cut: XzCut): GreyImage {
  const { width, y, zStep, xStep, range: [black, white] } = cut;
  const height = Math.round((slices.length - 1) * zStep / xStep) + 1;
  const data = new Uint8ClampedArray(width * height);
  const scale = 255 / (white - black || 1);
  for (let row = 0; row < height; row++) {
    const nearest = Math.min(slices.length - 1, Math.round(row * xStep / zStep));
    const line = slices[nearest].subarray(y * width, (y + 1) * width);
    line.forEach((value, x) => data[row * width + x] = (value - black) * scale);
  }
  return { width, height, data: new Uint8Array(data.buffer) };
}

/** The intensities between which all but the darkest and brightest half percent lie. */
export function contrastRange(samples: Slice): [black: number, white: number] {
  const sorted = samples.toSorted();
  const at = (part: number) => sorted[Math.round(part * (sorted.length - 1))] ?? 0;
  return [at(0.005), at(0.995)];
}

/** Makes every pixel a square of `times` x `times`. */
export function magnify({ width, height, data }: GreyImage, times: number): GreyImage {
  const larger = { width: width * times, height: height * times };
  const pixels = new Uint8Array(larger.width * larger.height);
  for (let i = 0; i < pixels.length; i++) {
    const y = Math.floor(i / larger.width / times);
    pixels[i] = data[y * width + Math.floor(i % larger.width / times)];
  }
  return { ...larger, data: pixels };
}

/** Puts two pictures beside each other, a thin white line between them. */
export function sideBySide(left: GreyImage, right: GreyImage): GreyImage {
  const line = 3;
  const width = left.width + line + right.width;
  const height = Math.max(left.height, right.height);
  const data = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    data.set(rowOf(left, row), row * width);
    data.fill(255, row * width + left.width, row * width + left.width + line);
    data.set(rowOf(right, row), row * width + left.width + line);
  }
  return { width, height, data };
}

function rowOf({ data, width }: GreyImage, row: number): Uint8Array {
  return data.subarray(row * width, (row + 1) * width);
}

/** The bytes of a PNG file. */
export function encodePng({ width, height, data }: GreyImage): Uint8Array {
  return encode({ width, height, data, channels: 1, depth: 8 });
}
