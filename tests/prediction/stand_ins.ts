import type { SliceInterpolator, SliceRequest } from "../../src/prediction/interpolator.ts";
import type { SampleType, Slice, StackInfo, StackReader } from "../../src/stack/stack.ts";

/** The facts of a stack; sizes in the order of the file: t, c, z, y, x. */
export function stackInfo(
  [t, c, z, y, x]: readonly [number, number, number, number, number],
  more: Partial<StackInfo> = {},
): StackInfo {
  return {
    sizes: { t, c, z, y, x },
    sampleType: "uint8",
    storedType: "uint8",
    voxelSize: { x: 0.5, y: 0.5, z: 2, unit: "micron" },
    format: "TIFF",
    notes: [],
    ...more,
  };
}

/** A stack whose samples are computed, or given slice by slice in file order. */
export class FakeReader implements StackReader {
  readonly name = "stack.tif";
  readonly reads: string[] = [];
  readonly #sample: (t: number, c: number, z: number, i: number) => number;

  constructor(
    readonly info: StackInfo,
    sample: (t: number, c: number, z: number, i: number) => number,
  ) {
    this.#sample = sample;
  }

  readSlice(t: number, c: number, z: number): Promise<Slice> {
    this.reads.push(`${t},${c},${z}`);
    const { sampleType, sizes } = this.info;
    const slice = emptySlice(sampleType, sizes.y * sizes.x);
    for (let i = 0; i < slice.length; i++) slice[i] = this.#sample(t, c, z, i);
    return Promise.resolve(slice);
  }
}

function emptySlice(sampleType: SampleType, length: number): Slice {
  if (sampleType === "uint8") return new Uint8Array(length);
  if (sampleType === "uint16") return new Uint16Array(length);
  return new Float32Array(length);
}

/** Blends linearly where ZAugNet would predict, and records what it was asked. */
export class LinearInterpolator implements SliceInterpolator {
  readonly anyDistance: boolean;
  readonly memoryLimit: number;
  readonly batches: number[] = [];
  readonly shapes = new Set<string>();
  underWay = 0;
  mostUnderWay = 0;

  constructor(options: { anyDistance?: boolean; memoryLimit?: number } = {}) {
    this.anyDistance = options.anyDistance ?? true;
    this.memoryLimit = options.memoryLimit ?? 2 ** 30;
  }

  peakBytes(batch: number, height: number, width: number): number {
    return 40 * batch * height * width;
  }

  fits(batch: number, height: number, width: number): boolean {
    return this.peakBytes(batch, height, width) <= this.memoryLimit;
  }

  async interpolate(
    requests: readonly SliceRequest[],
    height: number,
    width: number,
  ): Promise<Float32Array<ArrayBuffer>[]> {
    this.batches.push(requests.length);
    this.shapes.add(`${height}x${width}`);
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.underWay--;
    return requests.map(({ before, after, dpm }) => {
      if (!this.anyDistance && dpm !== 0.5) throw new Error(`ZAugNet was asked for dpm ${dpm}`);
      if (before.length !== height * width) throw new Error("a request of another shape");
      return before.map((value, i) => value + dpm * (after[i] - value));
    });
  }
}
