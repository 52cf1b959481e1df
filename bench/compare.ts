/**
 * Prints the last line of every measurement and its change from the line before, a Markdown table
 * per adapter. Changes and ratios are of CPU time on software adapters, of wall time on GPUs.
 */
import { honestMilliseconds, PEAK, readResults, type ResultLine } from "./results.ts";

const COLUMNS = [
  ...[
    "measurement",
    "ms",
    "CPU ms",
    "GFLOP/s",
    "% of peak",
    "GB/s",
    "times plain",
    "per second",
    "peak MiB",
  ],
  ...["commit", "change"],
];

function row(last: ResultLine, before?: ResultLine, peak?: ResultLine): string[] {
  const change = before && 100 * (honestMilliseconds(last) / honestMilliseconds(before) - 1);
  return [
    last.name,
    short(last.milliseconds),
    short(last.cpuMilliseconds),
    last.gflops ? short(last.gflops) : "",
    last.gflops && peak?.gflops ? (100 * last.gflops / peak.gflops).toFixed(0) : "",
    last.movedBytes ? short(last.movedBytes / last.milliseconds / 1e6) : "",
    last.ratioToPlain ? short(last.ratioToPlain) : "",
    perSecond(last),
    short(last.peakBytes / 2 ** 20),
    last.commit,
    change === undefined ? "" : `${change > 0 ? "+" : ""}${change.toFixed(0)} %`,
  ];
}

function perSecond({ slicesPerSecond, samplesPerSecond }: ResultLine): string {
  if (slicesPerSecond) return `${short(slicesPerSecond)} slices`;
  return samplesPerSecond ? `${short(samplesPerSecond)} samples` : "";
}

/** Three significant digits, and no exponent. */
function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

for (const lines of readResults()) {
  const byName = Map.groupBy(lines, ({ name }) => name);
  const peak = byName.get(PEAK)?.at(-1);
  console.log(`${lines[0].adapter} (${lines[0].type})\n`);
  console.log(`| ${COLUMNS.join(" | ")} |\n|${"---|".repeat(COLUMNS.length)}`);
  for (const runs of byName.values()) {
    console.log(`| ${row(runs.at(-1)!, runs.at(-2), peak).join(" | ")} |`);
  }
  console.log();
}
