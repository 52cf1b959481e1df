import type { StackInfo, StackReader, VoxelSize } from "../../src/core.ts";

const ARRAYS = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array };

/** A stack in memory whose voxels a formula gives. */
export function stackOf(
  [z, y, x]: readonly [number, number, number],
  value: (z: number, y: number, x: number) => number,
  { name = "stack.tif", sampleType = "uint8", voxelSize = { unit: "" }, c = 1 }: {
    readonly name?: string;
    readonly sampleType?: StackInfo["sampleType"];
    readonly voxelSize?: VoxelSize;
    readonly c?: number;
  } = {},
): StackReader {
  return {
    name,
    info: {
      sizes: { t: 1, c, z, y, x },
      sampleType,
      storedType: sampleType,
      voxelSize,
      format: "TIFF",
      notes: [],
    },
    readSlice: (_t, _c, at) =>
      Promise.resolve(
        new ARRAYS[sampleType](y * x).map((_, i) => value(at, Math.floor(i / x), i % x)),
      ),
  };
}

export const MICRON: VoxelSize = { z: 0.5, y: 0.2, x: 0.2, unit: "micron" };
