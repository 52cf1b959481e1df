import type { LabelStack } from "../../src/analysis/label_stack.ts";
import {
  harmonicCount,
  harmonicIndex,
  sphericalHarmonics,
} from "../../src/analysis/spherical_harmonics.ts";

/** A direction, a unit vector. */
export type Direction = readonly [x: number, y: number, z: number];
/** A closed surface: its radius in each direction. */
export type Surface = (...direction: Direction) => number;

/** So many directions, evenly spread (a Fibonacci spiral). */
export function directions(count: number): Direction[] {
  return Array.from({ length: count }, (_, i) => {
    const z = 1 - (2 * i + 1) / count;
    const [rho, angle] = [Math.sqrt(1 - z * z), i * Math.PI * (3 - Math.sqrt(5))];
    return [rho * Math.cos(angle), rho * Math.sin(angle), z];
  });
}

/** x, y, z of a surface's points in the directions given. */
export function pointsOf(surface: Surface, toward: readonly Direction[]): number[] {
  return toward.flatMap((d) => d.map((part) => part * surface(...d)));
}

/** The surface turned about x and then about z, by angles that are not a symmetry of a grid. */
export function turned(surface: Surface): Surface {
  const [sinX, cosX, sinZ, cosZ] = [Math.sin(0.7), Math.cos(0.7), Math.sin(1.9), Math.cos(1.9)];
  return (x, y, z) => {
    const [y1, z1] = [cosX * y - sinX * z, sinX * y + cosX * z];
    return surface(cosZ * x - sinZ * y1, sinZ * x + cosZ * y1, z1);
  };
}

/** A sphere with one harmonic upon it. */
export function bumpy(radius: number, l: number, m: number, height: number): Surface {
  const values = new Float64Array(harmonicCount(l));
  return (x, y, z) => {
    sphericalHarmonics(l, x, y, z, values);
    return radius + height * values[harmonicIndex(l, m)];
  };
}

export function ellipsoid(a: number, b: number, c: number): Surface {
  return (x, y, z) => 1 / Math.hypot(x / a, y / b, z / c);
}

/** A stack of voxels dz x 1 x 1 µm in which a surface encloses label 3. */
export function voxelized(surface: Surface, reach: number, dz = 1): LabelStack {
  const side = 2 * reach + 7;
  const middle = side / 2 + 0.13;
  const slices = Math.ceil(side / dz);
  return {
    name: "body.tif",
    sizes: { z: slices, y: side, x: side },
    voxelSize: { z: dz, y: 1, x: 1, unit: "micron" },
    readSlice: (at) =>
      Promise.resolve(
        new Int32Array(side * side).map((_, i) => {
          const [x, y, z] = [i % side - middle, Math.floor(i / side) - middle, at * dz - middle];
          const r = Math.hypot(x, y, z);
          return r <= surface(x / r, y / r, z / r) ? 3 : 0;
        }),
      ),
  };
}
