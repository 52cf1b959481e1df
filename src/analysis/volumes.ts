import { commonSpacing, type LabelStack, type Spacing, type Watch } from "./label_stack.ts";

/** One cell of A and the cell of B that overlaps it most. */
export interface MatchedCell {
  /** Label in A. */
  readonly label: number;
  /** Label in B. */
  readonly match: number;
  /** Number of voxels in A, in B, and in both. */
  readonly voxelsA: number;
  readonly voxelsB: number;
  readonly overlap: number;
  /** Volumes in the spacing's unit cubed, where the spacing is known. */
  readonly volumeA?: number;
  readonly volumeB?: number;
  /** Overlap over union, and twice the overlap over the sum: 0..1. */
  readonly iou: number;
  readonly dice: number;
}

/** A cell without a partner. */
export interface UnmatchedCell {
  readonly label: number;
  readonly voxels: number;
  readonly volume?: number;
}

/** What became of the cells of A in B. */
export interface VolumeComparison {
  readonly spacing?: Spacing;
  /** Cells with at least `minVoxels` voxels, and how many were left out as smaller. */
  readonly cellsA: number;
  readonly cellsB: number;
  readonly tooSmallA: number;
  readonly tooSmallB: number;
  readonly matched: readonly MatchedCell[];
  /** Cells of A that touch none of B; cells of B that no cell of A is mapped to. */
  readonly unmatchedA: readonly UnmatchedCell[];
  readonly unmatchedB: readonly UnmatchedCell[];
  /** Cells of B that several cells of A are mapped to: merged in B, or split in A. */
  readonly shared: readonly number[];
}

export interface VolumeOptions extends Watch {
  /** Objects with fewer voxels are left out (dust of a threshold); 1 keeps all. */
  readonly minVoxels?: number;
}

/**
 * Compares two segmentations cell by cell: each label of A is mapped to the label of B with which
 * it shares the most voxels (the smaller label where two share as many). Holds two slices and the
 * counts. Throws an InputError where the stacks differ in size or spacing.
 */
export async function compareVolumes(
  a: LabelStack,
  b: LabelStack,
  { minVoxels = 1, signal, onProgress }: VolumeOptions = {},
): Promise<VolumeComparison> {
  const spacing = commonSpacing(a, b);
  const [countsA, countsB] = [new Map<number, number>(), new Map<number, number>()];
  const overlaps = new Map<number, Map<number, number>>();
  for (let z = 0; z < a.sizes.z; z++) {
    signal?.throwIfAborted();
    const [sliceA, sliceB] = await Promise.all([a.readSlice(z), b.readSlice(z)]);
    for (let i = 0; i < sliceA.length; i++) {
      const [labelA, labelB] = [sliceA[i], sliceB[i]];
      if (labelA !== 0) count(countsA, labelA);
      if (labelB !== 0) count(countsB, labelB);
      if (labelA === 0 || labelB === 0) continue;
      let row = overlaps.get(labelA);
      if (!row) overlaps.set(labelA, row = new Map());
      count(row, labelB);
    }
    onProgress?.(z + 1);
  }
  return match(countsA, countsB, overlaps, minVoxels, spacing);
}

function count(counts: Map<number, number>, label: number): void {
  counts.set(label, (counts.get(label) ?? 0) + 1);
}

function match(
  countsA: ReadonlyMap<number, number>,
  countsB: ReadonlyMap<number, number>,
  overlaps: ReadonlyMap<number, ReadonlyMap<number, number>>,
  minVoxels: number,
  spacing: Spacing | undefined,
): VolumeComparison {
  const voxel = spacing && spacing.z * spacing.y * spacing.x;
  const volume = (voxels: number) => voxel === undefined ? undefined : voxels * voxel;
  const large = (counts: ReadonlyMap<number, number>) =>
    [...counts].filter(([, voxels]) => voxels >= minVoxels).sort(([one], [other]) => one - other);
  const [cellsA, cellsB] = [large(countsA), large(countsB)];
  const matched: MatchedCell[] = [];
  const unmatchedA: UnmatchedCell[] = [];
  for (const [label, voxelsA] of cellsA) {
    const [partner, overlap] = best(overlaps.get(label), countsB, minVoxels);
    if (overlap === 0) {
      unmatchedA.push({ label, voxels: voxelsA, volume: volume(voxelsA) });
      continue;
    }
    const voxelsB = countsB.get(partner)!;
    matched.push({
      label,
      match: partner,
      voxelsA,
      voxelsB,
      overlap,
      volumeA: volume(voxelsA),
      volumeB: volume(voxelsB),
      iou: overlap / (voxelsA + voxelsB - overlap),
      dice: 2 * overlap / (voxelsA + voxelsB),
    });
  }
  const times = new Map<number, number>();
  for (const cell of matched) count(times, cell.match);
  return {
    spacing,
    cellsA: cellsA.length,
    cellsB: cellsB.length,
    tooSmallA: countsA.size - cellsA.length,
    tooSmallB: countsB.size - cellsB.length,
    matched,
    unmatchedA,
    unmatchedB: cellsB.filter(([label]) => !times.has(label))
      .map(([label, voxels]) => ({ label, voxels, volume: volume(voxels) })),
    shared: [...times].filter(([, n]) => n > 1).map(([label]) => label).sort((p, q) => p - q),
  };
}

/** The label that shares the most voxels, and how many; 0 voxels where there is none. */
function best(
  row: ReadonlyMap<number, number> = new Map(),
  counts: ReadonlyMap<number, number>,
  minVoxels: number,
): [label: number, voxels: number] {
  let [label, most] = [0, 0];
  for (const [other, voxels] of row) {
    if (counts.get(other)! < minVoxels) continue;
    if (voxels > most || (voxels === most && other < label)) [label, most] = [other, voxels];
  }
  return [label, most];
}
