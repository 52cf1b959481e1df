import { joined, type Message, option, phrase } from "../message.ts";
import { type NamedPoint, scatterPlot } from "./plots.ts";
import { correlation, type Distribution, distribution } from "./distribution.ts";
import { csv, digits, textTable } from "./text.ts";
import type { UnmatchedCell, VolumeComparison } from "./volumes.ts";

/** All cells in a few numbers. */
export interface VolumeSummary {
  /** Volume in B over volume in A, cell by cell. */
  readonly ratio: Distribution;
  readonly iou: Distribution;
  readonly dice: Distribution;
  /** Pearson's correlation of the volumes; undefined where they do not vary. */
  readonly correlation?: number;
}

export function summarizeVolumes({ matched }: VolumeComparison): VolumeSummary {
  return {
    ratio: distribution(matched.map(({ voxelsA, voxelsB }) => voxelsB / voxelsA)),
    iou: distribution(matched.map(({ iou }) => iou)),
    dice: distribution(matched.map(({ dice }) => dice)),
    correlation: correlation(matched.map(({ voxelsA, voxelsB }) => [voxelsA, voxelsB])),
  };
}

/** The comparison as a table with a summary below it. */
export function volumesText(comparison: VolumeComparison): Message {
  const { spacing, cellsA, cellsB, tooSmallA, tooSmallB, matched, shared } = comparison;
  const unit = spacing ? `${spacing.unit}³` : undefined;
  const rows = matched.map((cell) => [
    ...[`${cell.label}`, `${cell.match}`, `${cell.voxelsA}`, `${cell.voxelsB}`],
    ...(unit ? [digits(cell.volumeA), digits(cell.volumeB)] : []),
    ...[`${cell.overlap}`, cell.iou.toFixed(4), cell.dice.toFixed(4)],
  ]);
  const header = ["A", "B", "voxels A", "voxels B"]
    .concat(unit ? [`${unit} A`, `${unit} B`] : [], ["overlap", "IoU", "Dice"]);
  const { ratio, iou, dice, correlation } = summarizeVolumes(comparison);
  const small = tooSmallA + tooSmallB > 0
    ? [`left out as too small: ${tooSmallA} of A, ${tooSmallB} of B`]
    : [];
  return joined([
    ...(matched.length > 0 ? [textTable(header, rows), ""] : []),
    `cells: ${cellsA} in A, ${cellsB} in B; matched: ${matched.length}`,
    ...small,
    ...unmatchedLine("A", comparison.unmatchedA),
    ...unmatchedLine("B", comparison.unmatchedB),
    ...(shared.length > 0 ? [`of B, matched by several of A: ${shared.join(", ")}`] : []),
    `mean IoU ${digits(iou.mean)}, mean Dice ${digits(dice.mean)}`,
    `volume B / A: mean ${digits(ratio.mean)} ± ${digits(ratio.standardDeviation)}, median ` +
    `${digits(ratio.median)}; correlation ${digits(correlation)}`,
    ...(unit ? [] : [
      phrase`volumes are in voxels: no file states the voxel size; ${option("voxelSize")} does`,
    ]),
  ], "\n");
}

function unmatchedLine(side: string, cells: readonly UnmatchedCell[]): string[] {
  if (cells.length === 0) return [];
  return [`unmatched in ${side}: ${cells.map(({ label }) => label).join(", ")}`];
}

/** A line for each cell; an unmatched cell has one side only. */
export function volumesCsv({ matched, unmatchedA, unmatchedB }: VolumeComparison): string {
  const header = ["label_a", "label_b", "voxels_a", "voxels_b", "volume_a", "volume_b"]
    .concat("overlap", "iou", "dice");
  return csv(header, [
    ...matched.map(({ label, match, voxelsA, voxelsB, volumeA, volumeB, overlap, iou, dice }) => [
      ...[label, match, voxelsA, voxelsB, volumeA, volumeB, overlap, iou, dice],
    ]),
    ...unmatchedA.map(({ label, voxels, volume }) => [
      ...[label, undefined, voxels, undefined, volume, undefined, 0, 0, 0],
    ]),
    ...unmatchedB.map(({ label, voxels, volume }) => [
      ...[undefined, label, undefined, voxels, undefined, volume, 0, 0, 0],
    ]),
  ]);
}

/** The volumes in B over those in A as an SVG. */
export function volumesPlot(
  { matched, spacing }: VolumeComparison,
  names: readonly [a: string, b: string],
): Promise<string> {
  const unit = spacing ? `${spacing.unit}³` : "voxels";
  const points = matched.map((
    { label, match, voxelsA, voxelsB, volumeA, volumeB },
  ): NamedPoint => ({
    name: `${label} → ${match}`,
    x: volumeA ?? voxelsA,
    y: volumeB ?? voxelsB,
  }));
  const title = `Volumes of ${matched.length} matched cells`;
  return scatterPlot(points, { title, x: `${names[0]} (${unit})`, y: `${names[1]} (${unit})` });
}
