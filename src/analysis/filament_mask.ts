import { InputError } from "../errors.ts";
import type { Filament } from "./filaments.ts";
import { pause } from "./pause.ts";

/** How lines become masks that can be compared. */
export interface MaskOptions {
  /** Radius in voxels of the ball that dilates the lines. */
  readonly dilation: number;
  /** Sigma in voxels of the Gaussian that smooths the mask, cut at four sigma; 0 for none. */
  readonly sigma: number;
}

/** A box of voxels, from its first one on. */
interface Box {
  readonly origin: readonly [x: number, y: number, z: number];
  readonly sizes: readonly [x: number, y: number, z: number];
}

/** More than this is not an image of filaments, but a mistake in coordinates. */
const MOST_VOXELS = 2 ** 30;

/**
 * Intersection over union of two sets of filaments: each is drawn into voxels, dilated by a ball,
 * smoothed by a Gaussian and cut at one half. Works in the box around both with room for all of
 * that, so that no border matters. 1 where both are empty. Throws an InputError where the box is
 * too large.
 */
export async function overlapOfFilaments(
  a: readonly Filament[],
  b: readonly Filament[],
  options: MaskOptions,
  signal?: AbortSignal,
): Promise<number> {
  const box = boxAround([...a, ...b], Math.ceil(options.dilation) + reach(options.sigma) + 1);
  if (!box) return 1;
  const first = await filamentMask(a, box, options, signal);
  const second = await filamentMask(b, box, options, signal);
  let [both, either] = [0, 0];
  for (let i = 0; i < first.length; i++) {
    both += first[i] & second[i];
    either += first[i] | second[i];
  }
  return both / either;
}

function boxAround(filaments: readonly Filament[], margin: number): Box | undefined {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (const { points } of filaments) {
    for (const point of points) {
      for (let axis = 0; axis < 3; axis++) {
        low[axis] = Math.min(low[axis], Math.round(point[axis]) - margin);
        high[axis] = Math.max(high[axis], Math.round(point[axis]) + margin);
      }
    }
  }
  if (low[0] === Infinity) return undefined;
  const [x, y, z] = high.map((end, axis) => end - low[axis] + 1);
  if (x * y * z > MOST_VOXELS) {
    throw new InputError(
      `The filaments span ${x} x ${y} x ${z} voxels, too many to compare masks: are the ` +
        "coordinates in voxels?",
    );
  }
  return { origin: [low[0], low[1], low[2]], sizes: [x, y, z] };
}

/** 1 where a voxel of the box, [z][y][x], belongs to the thick lines. */
export async function filamentMask(
  filaments: readonly Filament[],
  box: Box,
  { dilation, sigma }: MaskOptions,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const mask = new Uint8Array(box.sizes[0] * box.sizes[1] * box.sizes[2]);
  const ball = ballOffsets(dilation, box);
  for (const filament of filaments) {
    for (const voxel of voxelsOf(filament, box)) for (const by of ball) mask[voxel + by] = 1;
  }
  if (sigma === 0) return mask;
  const smooth = Float32Array.from(mask);
  const [x, y, z] = box.sizes;
  const axes = [{ count: x, step: 1 }, { count: y, step: x }, { count: z, step: x * y }];
  for (const axis of axes) {
    await pause(signal);
    blur(smooth, sigma, axis, axes.filter((other) => other !== axis));
  }
  for (let i = 0; i < mask.length; i++) mask[i] = Number(smooth[i] >= 0.5);
  return mask;
}

/** The voxels that a filament runs through, sampled at half voxels. */
function* voxelsOf({ points, closed }: Filament, { origin, sizes: [x, y] }: Box) {
  for (let i = closed ? 0 : 1; i < points.length; i++) {
    const [from, to] = [points.at(i - 1)!, points[i]];
    const [dx, dy, dz] = [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
    const parts = Math.max(1, Math.ceil(2 * Math.max(Math.abs(dx), Math.abs(dy), Math.abs(dz))));
    for (let k = 0; k <= parts; k++) {
      const column = Math.round(from[0] + dx * k / parts) - origin[0];
      const row = Math.round(from[1] + dy * k / parts) - origin[1];
      const slice = Math.round(from[2] + dz * k / parts) - origin[2];
      yield (slice * y + row) * x + column;
    }
  }
}

function ballOffsets(radius: number, { sizes: [x, y] }: Box): number[] {
  const offsets: number[] = [];
  const most = Math.floor(radius);
  for (let dz = -most; dz <= most; dz++) {
    for (let dy = -most; dy <= most; dy++) {
      for (let dx = -most; dx <= most; dx++) {
        if (dx * dx + dy * dy + dz * dz <= radius * radius) offsets.push((dz * y + dy) * x + dx);
      }
    }
  }
  return offsets;
}

interface Axis {
  readonly count: number;
  readonly step: number;
}

/** Smooths along one axis in place, with nothing beyond the ends. */
function blur(values: Float32Array, sigma: number, along: Axis, [first, second]: Axis[]): void {
  const radius = reach(sigma);
  const kernel = Float64Array.from(
    { length: 2 * radius + 1 },
    (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const sum = kernel.reduce((total, value) => total + value, 0);
  const line = new Float64Array(along.count + 2 * radius);
  for (let i = 0; i < first.count; i++) {
    for (let j = 0; j < second.count; j++) {
      const start = i * first.step + j * second.step;
      let any = false;
      for (let k = 0; k < along.count; k++) {
        const value = line[radius + k] = values[start + k * along.step];
        any ||= value !== 0;
      }
      if (!any) continue;
      for (let k = 0; k < along.count; k++) {
        let total = 0;
        for (let tap = 0; tap < kernel.length; tap++) total += kernel[tap] * line[k + tap];
        values[start + k * along.step] = total / sum;
      }
    }
  }
}

/** Taps to either side, as scipy.ndimage.gaussian_filter has them. */
function reach(sigma: number): number {
  return Math.floor(4 * sigma + 0.5);
}
