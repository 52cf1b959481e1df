import type { Filament, Point } from "./filaments.ts";
import { NEIGHBOURS } from "./simple_points.ts";
import { indices, type PaddedMask, strides } from "./thinning.ts";

/**
 * Cuts a skeleton into branches: lines of voxels between ends and junctions. A voxel with one
 * neighbour (of 26) is an end, one with more than two a junction; touching junction voxels are one
 * junction, of which each branch includes the voxel that it meets. A ring without a junction is a
 * closed branch. Single voxels are left out, as they have no length.
 */
export function traceBranches(skeleton: PaddedMask): Filament[] {
  const graph = new SkeletonGraph(skeleton);
  const filaments: Filament[] = [];
  const walked = new Set<number>();
  for (const start of graph.neighbours.keys()) {
    if (graph.degree(start) === 2) continue;
    for (const next of graph.neighbours.get(start)!) {
      if (walked.has(next) || graph.sameJunction(start, next)) continue;
      const path = graph.walk(start, next);
      // A line between two ends or junctions is found from both; its inner voxels tell.
      for (const voxel of path.slice(1, -1)) walked.add(voxel);
      const end = path[path.length - 1];
      if (path.length === 2 && end < start) continue;
      if (path.length === 3 && graph.sameJunction(start, end)) continue;
      filaments.push({ points: path.map(graph.point), closed: false });
    }
  }
  for (const [start, [next]] of graph.neighbours) {
    if (graph.degree(start) !== 2 || walked.has(start)) continue;
    const path = graph.walk(start, next).slice(0, -1);
    for (const voxel of path) walked.add(voxel);
    filaments.push({ points: path.map(graph.point), closed: true });
  }
  return filaments;
}

/** Which voxels of a skeleton touch, by their place in its array. */
class SkeletonGraph {
  readonly neighbours = new Map<number, readonly number[]>();
  readonly #strides: readonly [number, number, number];

  constructor(skeleton: PaddedMask) {
    const [z, y, x] = this.#strides = strides(skeleton);
    const around = NEIGHBOURS.map(([dz, dy, dx]) => dz * z + dy * y + dx * x);
    for (const i of indices(skeleton.voxels)) {
      this.neighbours.set(i, around.map((by) => i + by).filter((j) => skeleton.voxels[j] !== 0));
    }
  }

  degree(voxel: number): number {
    return this.neighbours.get(voxel)!.length;
  }

  /** Whether two voxels touch (or are one) and both are junctions. */
  sameJunction(a: number, b: number): boolean {
    if (this.degree(a) < 3 || this.degree(b) < 3) return false;
    return a === b || this.neighbours.get(a)!.includes(b);
  }

  /** From a voxel by way of its neighbour along the line, to an end, a junction or the start. */
  walk(start: number, next: number): number[] {
    const path = [start, next];
    for (let at = next, from = start; this.degree(at) === 2 && at !== start;) {
      const [one, other] = this.neighbours.get(at)!;
      [from, at] = [at, one === from ? other : one];
      path.push(at);
    }
    return path;
  }

  /** A voxel's place without the margin. */
  readonly point = (voxel: number): Point => {
    const [z, y] = this.#strides;
    return [voxel % y - 1, Math.floor(voxel % z / y) - 1, Math.floor(voxel / z) - 1];
  };
}
