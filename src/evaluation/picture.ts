import { contrastRange, type GreyImage, magnify, sideBySide, xzView } from "../stack/views.ts";
import type { StackInfo } from "../stack/stack.ts";
import type { EvaluatedSlice } from "./evaluate.ts";
import type { HeldOut } from "./held_out.ts";
import type { Samples } from "./metrics.ts";

/** Panels narrower than this are enlarged. */
export const PANEL_WIDTH = 256;
/** Differences are shown this many times as bright. */
export const AMPLIFIED = 4;

/**
 * Collects what a picture of an evaluation needs from its slices (first channel and frame):
 * before | predicted | truth | difference, four times amplified. Above in XY, the generated slice
 * in the middle, and the kept one before it; below in XZ, the middle row, in true proportions.
 */
export class EvaluationPicture {
  readonly #info: StackInfo;
  readonly #held: HeldOut;
  readonly #truth: Float32Array<ArrayBuffer>[] = [];
  readonly #predicted: Float32Array<ArrayBuffer>[] = [];
  readonly #coarse: Float32Array<ArrayBuffer>[] = [];
  #before?: Samples;
  #shown?: EvaluatedSlice;
  readonly #z: number;

  constructor(info: StackInfo, held: HeldOut) {
    this.#info = info;
    this.#held = held;
    const gap = Math.floor((held.kept - 1) / 2);
    this.#z = held.first + gap * held.factor + Math.floor(held.factor / 2);
  }

  /** Takes each slice of the evaluation, in its order. */
  add(slice: EvaluatedSlice): void {
    const { t, c, z, truth, predicted, kept } = slice;
    if (t > 0 || c > 0) return;
    this.#truth.push(this.#middleRow(truth));
    this.#predicted.push(this.#middleRow(predicted));
    if (kept) this.#coarse.push(this.#middleRow(truth));
    if (kept && z < this.#z) this.#before = truth;
    if (z === this.#z) this.#shown = slice;
  }

  /** The picture, when all slices were added. */
  draw(): GreyImage {
    const before = this.#before;
    const shown = this.#shown;
    const { sizes: { x: width } } = this.#info;
    if (!before || !shown) throw new Error("the slices to show were not added");
    const range = contrastRange(Float32Array.from(shown.truth));
    const times = Math.max(1, Math.round(PANEL_WIDTH / width));
    const reach: [number, number] = [0, (range[1] - range[0]) / AMPLIFIED];
    const strip = (panels: GreyImage[]) =>
      panels.map((panel) => magnify(panel, times)).reduce(sideBySide);
    const plane = (samples: Samples, shades = range) => greyImage(samples, width, shades);
    const cut = (rows: Float32Array<ArrayBuffer>[], step: number, shades = range) =>
      xzView(rows, { width, y: 0, zStep: step * this.#zStep, xStep: 1, range: shades });
    return above(
      strip([
        ...[before, shown.predicted, shown.truth].map((samples) => plane(samples)),
        plane(difference(shown.predicted, shown.truth), reach),
      ]),
      strip([
        ...[cut(this.#coarse, this.#held.factor), cut(this.#predicted, 1), cut(this.#truth, 1)],
        cut(this.#predicted.map((row, i) => difference(row, this.#truth[i])), 1, reach),
      ]),
    );
  }

  /** Distance of slices in pixels; a pixel where the file does not say. */
  get #zStep(): number {
    const { x, z } = this.#info.voxelSize;
    return x && z ? z / x : 1;
  }

  #middleRow(slice: Float64Array): Float32Array<ArrayBuffer> {
    const { x, y } = this.#info.sizes;
    const start = Math.floor(y / 2) * x;
    return new Float32Array(slice.subarray(start, start + x));
  }
}

/** Distances, sample by sample. */
export function difference(a: Samples, b: Samples): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: a.length }, (_, i) => Math.abs(a[i] - b[i]));
}

/** Samples as a picture, the two shades given black and white. */
export function greyImage(
  samples: Samples,
  width: number,
  [black, white]: [black: number, white: number],
): GreyImage {
  const data = new Uint8ClampedArray(samples.length);
  const scale = 255 / (white - black || 1);
  for (let i = 0; i < data.length; i++) data[i] = (samples[i] - black) * scale;
  return { width, height: samples.length / width, data: new Uint8Array(data.buffer) };
}

/** One picture above another of the same width, a thin white line between them. */
export function above(top: GreyImage, bottom: GreyImage): GreyImage {
  const line = new Uint8Array(3 * top.width).fill(255);
  const data = new Uint8Array(top.data.length + line.length + bottom.data.length);
  data.set(top.data);
  data.set(line, top.data.length);
  data.set(bottom.data, top.data.length + line.length);
  return { width: top.width, height: top.height + 3 + bottom.height, data };
}
