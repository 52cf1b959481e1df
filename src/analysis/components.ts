import type { StackReader } from "../stack/stack.ts";
import { DisjointSets } from "./disjoint_sets.ts";
import { type LabelStack, singleStack, type Watch } from "./label_stack.ts";

/** Which voxels touch: those that share a face (6), or a face, an edge or a corner (26). */
export type Connectivity = 6 | 26;

/** How an image becomes objects. */
export interface ComponentOptions extends Watch {
  /** A voxel belongs to an object where its value is at least this. */
  readonly threshold: number;
  readonly connectivity: Connectivity;
}

/**
 * Labels the connected components of a stack, numbered from 1 by their first voxel in the order of
 * the file, as scipy.ndimage.label does. Reads the stack once; what it answers reads it again. Two
 * slices and a number for each slice's components are all that it holds: every slice is labelled
 * by itself, and the labels of neighbours are joined (Rosenfeld and Pfaltz 1966).
 */
export async function connectedComponents(
  reader: StackReader,
  { threshold, connectivity, signal, onProgress }: ComponentOptions,
): Promise<LabelStack> {
  const { z: depth, y: height, x: width } = singleStack(reader);
  const within = planeNeighbours(connectivity);
  const across = connectivity === 6 ? [[0, 0]] : NINE;
  const sets = new DisjointSets();
  const offsets: number[] = [];
  const label = async (z: number) =>
    labelPlane(await reader.readSlice(0, 0, z), threshold, width, within);
  let before: Int32Array | undefined;
  for (let z = 0; z < depth; z++) {
    signal?.throwIfAborted();
    const { labels, count } = await label(z);
    offsets.push(sets.size);
    for (let i = 0; i < count; i++) sets.add();
    if (before) join(sets, labels, offsets[z], before, offsets[z - 1], { width, height, across });
    before = labels;
    onProgress?.(z + 1);
  }
  const names = sets.numbered();
  return {
    name: reader.name,
    sizes: { z: depth, y: height, x: width },
    voxelSize: reader.info.voxelSize,
    async readSlice(z) {
      const { labels } = await label(z);
      return labels.map((value) => value === 0 ? 0 : names[offsets[z] + value - 1]);
    },
  };
}

/** Steps [y, x] to all of a pixel's neighbours, itself among them. */
const NINE = [-1, 0, 1].flatMap((y) => [-1, 0, 1].map((x) => [y, x]));

/** Steps [y, x] to the neighbours in the plane that come earlier in it. */
function planeNeighbours(connectivity: Connectivity): number[][] {
  const earlier = NINE.filter(([y, x]) => y < 0 || (y === 0 && x < 0));
  return connectivity === 6 ? earlier.filter(([y, x]) => y === 0 || x === 0) : earlier;
}

/** Labels the components of one plane, numbered from 1 by their first pixel. */
function labelPlane(
  values: ArrayLike<number>,
  threshold: number,
  width: number,
  neighbours: readonly (readonly number[])[],
): { labels: Int32Array; count: number } {
  const labels = new Int32Array(values.length);
  const sets = new DisjointSets();
  for (let i = 0; i < labels.length; i++) {
    if (!(values[i] >= threshold)) continue;
    const x = i % width;
    for (const [dy, dx] of neighbours) {
      if (x + dx < 0 || x + dx >= width || i + dy * width < 0) continue;
      const other = labels[i + dy * width + dx];
      if (other === 0) continue;
      if (labels[i] === 0) labels[i] = other;
      else sets.join(labels[i] - 1, other - 1);
    }
    if (labels[i] === 0) labels[i] = sets.add() + 1;
  }
  const names = sets.numbered();
  for (let i = 0; i < labels.length; i++) if (labels[i]) labels[i] = names[labels[i] - 1];
  return { labels, count: names.reduce((most, name) => Math.max(most, name), 0) };
}

/** Joins the components of two neighbouring planes that touch. */
function join(
  sets: DisjointSets,
  labels: Int32Array,
  offset: number,
  before: Int32Array,
  offsetBefore: number,
  { width, height, across }: { width: number; height: number; across: number[][] },
): void {
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 0) continue;
    const [y, x] = [Math.floor(i / width), i % width];
    for (const [dy, dx] of across) {
      if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) continue;
      const other = before[i + dy * width + dx];
      if (other !== 0) sets.join(offset + labels[i] - 1, offsetBefore + other - 1);
    }
  }
}
