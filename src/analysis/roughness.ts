import type { Watch } from "./label_stack.ts";
import { pause } from "./pause.ts";
import { fitShape, roughness } from "./shape_spectrum.ts";
import { harmonicCount } from "./spherical_harmonics.ts";
import type { BodySurface } from "./surface_points.ts";

/** The shape of one nucleus. */
export interface NucleusShape {
  readonly label: number;
  /** x, y, z in the spacing's unit. */
  readonly centre: readonly [number, number, number];
  readonly voxels: number;
  readonly points: number;
  /** Radius averaged over all directions, in the spacing's unit. */
  readonly meanRadius: number;
  /** P_l = sum over m of (c_lm / mean radius)^2 for l = 0, 1, … lMax. */
  readonly power: readonly number[];
  /** Sum of P_l over l > `above`. */
  readonly roughness: number;
  /** Root mean squared distance of points and fit, over the mean radius. */
  readonly residual: number;
  /** Whether the points do not determine all degrees, and the fit was damped. */
  readonly regularized: boolean;
}

/** What was measured, and what was not. */
export interface RoughnessResult {
  readonly lMax: number;
  readonly above: number;
  readonly nuclei: readonly NucleusShape[];
  readonly leftOut: readonly { readonly label: number; readonly reason: string }[];
  /** Bodies with fewer voxels than were asked for. */
  readonly tooSmall: number;
}

export interface RoughnessOptions extends Watch {
  /** Highest degree that is fitted. */
  readonly lMax: number;
  /** Degrees above this are roughness; those up to it are the shape. */
  readonly above: number;
  /** Bodies with fewer voxels are counted, not measured; 1 keeps all. */
  readonly minVoxels: number;
}

/** Fewer points than this for each coefficient are too few. */
const POINTS_PER_COEFFICIENT = 2;

/** Expands each surface in spherical harmonics; `onProgress` counts surfaces. */
export async function measureRoughness(
  surfaces: readonly BodySurface[],
  { lMax, above, minVoxels, signal, onProgress }: RoughnessOptions,
): Promise<RoughnessResult> {
  const large = surfaces.filter(({ voxels }) => voxels >= minVoxels);
  const needed = POINTS_PER_COEFFICIENT * harmonicCount(lMax);
  const nuclei: NucleusShape[] = [];
  const leftOut: { label: number; reason: string }[] = [];
  for (const [i, { label, voxels, centre, points, weights, cut }] of large.entries()) {
    const count = points.length / 3;
    if (cut) leftOut.push({ label, reason: "cut by the border of the stack" });
    else if (count < needed) {
      leftOut.push({ label, reason: `${count} surface points; degrees to ${lMax} need ${needed}` });
    } else {
      const { meanRadius, power, residual, regularized } = fitShape(points, lMax, weights);
      const facts = { label, centre, voxels, points: count, meanRadius, power };
      nuclei.push({ ...facts, roughness: roughness({ power }, above), residual, regularized });
      await pause(signal);
    }
    onProgress?.(i + 1);
  }
  return { lMax, above, nuclei, leftOut, tooSmall: surfaces.length - large.length };
}
