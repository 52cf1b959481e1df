import type { VoxelSize } from "../stack/stack.ts";
import { blur, photograph } from "./microscope.ts";
import { drawTissue } from "./tissue.ts";

/** Which sample to make: its seed and its size in samples. */
export interface SampleOptions {
  readonly seed: number;
  readonly z: number;
  readonly y: number;
  readonly x: number;
}

/** A stack that nobody photographed. */
export interface SampleStack {
  /** One array [y][x] per slice. */
  readonly slices: readonly Uint16Array<ArrayBuffer>[];
  readonly voxelSize: Required<VoxelSize>;
}

/** In micrometres: four times coarser along z, as confocal stacks are. */
const STEP = { z: 1, xy: 0.25 };

/**
 * Makes a stack of cells as a confocal microscope would show them: membranes and nuclei, blurred
 * three times more along z, with shot and reading noise. Equal seeds give equal bytes.
 */
export function makeSampleStack({ seed, z, y, x }: SampleOptions): SampleStack {
  const tissue = drawTissue(seed, { z, y, x, step: STEP });
  return {
    slices: photograph(blur(tissue), seed),
    voxelSize: { x: STEP.xy, y: STEP.xy, z: STEP.z, unit: "micron" },
  };
}
