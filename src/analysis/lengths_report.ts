import type { FilamentLengths, LengthComparison } from "./lengths.ts";
import { boxPlot } from "./plots.ts";
import { csv, digits, textTable } from "./text.ts";

/** Both samples beside each other, and their overlap. */
export function lengthsText({ spacing: { unit }, a, b, iou }: LengthComparison): string {
  const rows: [string, ({ lengths, summary, tooShort }: FilamentLengths) => string][] = [
    ["filaments", ({ lengths }) => `${lengths.length}`],
    ["too short", ({ tooShort }) => `${tooShort}`],
    [`total length (${unit})`, ({ summary }) => digits(summary.sum)],
    ["mean", ({ summary }) => digits(summary.mean)],
    ["standard deviation", ({ summary }) => digits(summary.standardDeviation)],
    ["shortest", ({ summary }) => digits(summary.min)],
    ["lower quartile", ({ summary }) => digits(summary.lowerQuartile)],
    ["median", ({ summary }) => digits(summary.median)],
    ["upper quartile", ({ summary }) => digits(summary.upperQuartile)],
    ["longest", ({ summary }) => digits(summary.max)],
  ];
  return [
    textTable(["", a.name, b.name], rows.map(([words, value]) => [words, value(a), value(b)])),
    "",
    `IoU of the masks: ${digits(iou)}`,
  ].join("\n");
}

/** A line for each filament. */
export function lengthsCsv({ a, b }: LengthComparison): string {
  const lines = [a, b].flatMap(({ name, lengths }) => lengths.map((length) => [name, length]));
  return csv(["sample", "length"], lines);
}

/** The lengths as an SVG. */
export function lengthsPlot({ spacing: { unit }, a, b }: LengthComparison): Promise<string> {
  // Two samples may come from files of one name.
  const names = a.name === b.name ? [`A: ${a.name}`, `B: ${b.name}`] : [a.name, b.name];
  const groups = [a, b].map(({ lengths }, i) => ({ name: names[i], values: lengths }));
  return boxPlot(groups, { title: "Lengths of filaments", x: "", y: `length (${unit})` });
}
