import type { Storage } from "../../gpu/buffer_pool.ts";
import type { Device } from "../../gpu/device.ts";
import { leftBranch } from "../../pairwise.ts";
import { packedQuads, quads } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { runBinary } from "./binary_kernel.ts";
import { copyQuads } from "./copy_kernel.ts";
import { addInPairs } from "./reduce_kernel.ts";

/** An image and the gradient of its convolution; a weight that is used several times has as many. */
export type Use = readonly [x: Tensor, g: Tensor];

/** Some samples, for a kernel: split i sums the rows from i * span on, and writes part i. */
export interface PartialSums {
  readonly x: Storage;
  readonly g: Storage;
  readonly target: Storage;
  readonly splits: number;
  /**
   * Rows of g are counted as if each sample had `padded_rows` of them; the first `sample_rows` are
   * there, those of all uses.
   */
  readonly rows: {
    readonly sample_rows: number;
    readonly padded_rows: number;
    readonly span: number;
  };
}

/** Bytes of parts that are in memory at once: of this, or of the device's a sixteenth. */
const ENOUGH_BYTES = 64 * 1024 ** 2;

/**
 * Computes a sum over all rows of all samples so that its bits do not depend on how a batch is cut:
 * each sample's uses are summed in a power of two of parts, and all parts are added in pairs. A
 * kernel adds up at most `longest` rows of g, one after the other.
 */
export function inParts(
  device: Device,
  uses: readonly Use[],
  y: Tensor,
  longest: number,
  run: (part: PartialSums) => void,
): void {
  const [[{ shape: [batch] }, { shape: [, , height] }]] = uses;
  const sampleRows = uses.length * height;
  const partsOfSample = powerOfTwo(sampleRows / longest);
  const span = Math.ceil(sampleRows / partsOfSample);
  const [outputs, channels, kernelY, kernelX] = y.shape;
  const partQuads = outputs * quads(channels) * kernelY * kernelX;
  const { memoryLimit, adapter: { maxBindingSize } } = device;
  const mostBytes = Math.min(Math.max(ENOUGH_BYTES, memoryLimit / 16), maxBindingSize);
  const partsOfOne = 16 * partQuads * partsOfSample;
  const quadsOfOne = uses.map((use) => Math.max(...use.map(({ shape }) => packedQuads(shape))));
  const gatheredOfOne = 16 * quadsOfOne.reduce((a, b) => a + b) / batch;
  const fitting = Math.floor(Math.min(mostBytes / partsOfOne, maxBindingSize / gatheredOfOne));
  const most = Math.max(1, leftBranch(fitting + 1));

  const sum = (first: number, samples: number, y: Tensor) => {
    if (samples > most) {
      const left = leftBranch(samples);
      const branches = [Tensor.empty(device, y.shape), Tensor.empty(device, y.shape)] as const;
      sum(first, left, branches[0]);
      sum(first + left, samples - left, branches[1]);
      runBinary(device, "add", ...branches, y);
      for (const branch of branches) branch.dispose();
      return;
    }
    const whole = uses.length === 1 && samples === batch;
    const [x, g] = whole ? uses[0] : gather(device, uses, first, samples);
    const splits = samples * partsOfSample;
    const target = splits === 1 ? y.storage : device.allocate(splits * partQuads * 16);
    const rows = { sample_rows: sampleRows, padded_rows: partsOfSample * span, span };
    run({ x: x.storage, g: g.storage, target, splits, rows });
    if (!whole) { for (const copy of [x, g]) copy.dispose(); }
    if (splits === 1) return;
    addInPairs(device, target, splits, partQuads, y.storage);
    device.release(target);
  };
  sum(0, batch, y);
}

/** The least power of two that is not under `value`. */
function powerOfTwo(value: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(value)));
}

/** Copies samples of all uses, those of one sample side by side. */
function gather(device: Device, uses: readonly Use[], first: number, samples: number): Use {
  const side = (which: 0 | 1) => {
    const [, channels, height, width] = uses[0][which].shape;
    const y = Tensor.empty(device, [samples * uses.length, channels, height, width]);
    const count = quads(channels);
    uses.forEach((use, i) =>
      copyQuads(device, use[which], y, {
        size: packedQuads(y.shape) / uses.length,
        count,
        from: first * count,
        to: i * count,
        strides: [count, uses.length * count],
      })
    );
    return y;
  };
  return [side(0), side(1)];
}
