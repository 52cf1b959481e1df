import type { Watch } from "./label_stack.ts";
import { pause } from "./pause.ts";
import { isEnd, isSimple, NEIGHBOURS } from "./simple_points.ts";

/** A mask with a margin of one empty voxel on every side, 1 inside objects, [z][y][x]. */
export interface PaddedMask {
  readonly voxels: Uint8Array;
  /** With the margin. */
  readonly sizes: readonly [z: number, y: number, x: number];
}

/** How far apart neighbouring voxels lie in the array. */
export function strides({ sizes: [, y, x] }: PaddedMask): readonly [number, number, number] {
  return [y * x, x, 1];
}

/** The six sides from which layers are taken, in turn. */
const SIDES = [[0, -1, 0], [0, 1, 0], [0, 0, 1], [0, 0, -1], [1, 0, 0], [-1, 0, 0]] as const;

/**
 * Thins objects to lines one voxel wide, in place (Lee, Kashyap and Chu 1994): from each of six
 * sides in turn, those border voxels are found that are not ends of lines and whose removal changes
 * no topology; then they are removed one by one, unless the removals before have made them needed.
 * Until nothing changes. Closed surfaces (a hollow sphere) stay surfaces. Answers the number of
 * rounds.
 */
export async function thin(
  mask: PaddedMask,
  { signal, onStage }: Pick<Watch, "signal" | "onStage"> = {},
): Promise<number> {
  const { voxels } = mask;
  const step = strides(mask);
  const offset = (side: readonly number[]) => side.reduce((sum, by, k) => sum + by * step[k], 0);
  const around = NEIGHBOURS.map(offset);
  const neighbours = (i: number) => {
    let bits = 0;
    for (let k = 0; k < 26; k++) bits |= voxels[i + around[k]] << k;
    return bits;
  };
  let objects = Int32Array.from(indices(voxels));
  for (let round = 1;; round++) {
    let changed = false;
    for (const side of SIDES) {
      const beyond = offset(side);
      const candidates = objects.filter((i) => {
        if (voxels[i] === 0 || voxels[i + beyond] !== 0) return false;
        const bits = neighbours(i);
        return !isEnd(bits) && isSimple(bits);
      });
      for (const i of candidates) {
        if (!isSimple(neighbours(i))) continue;
        voxels[i] = 0;
        changed = true;
      }
    }
    if (!changed) return round;
    objects = objects.filter((i) => voxels[i] !== 0);
    onStage?.(`round ${round} of thinning, ${objects.length} voxels left`);
    await pause(signal);
  }
}

/** Where voxels belong to objects. */
export function* indices(voxels: Uint8Array): Generator<number> {
  for (let i = 0; i < voxels.length; i++) if (voxels[i] !== 0) yield i;
}
