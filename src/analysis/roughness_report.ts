import { joined, type Message, option, phrase } from "../message.ts";
import type { Spacing } from "./label_stack.ts";
import { spectrumPlot } from "./plots.ts";
import type { RoughnessResult } from "./roughness.ts";
import { distribution } from "./distribution.ts";
import { csv, digits, textTable } from "./text.ts";

/** A line for each nucleus, and a summary of them all. */
export function roughnessText(
  { nuclei, leftOut, tooSmall, lMax, above }: RoughnessResult,
  { unit }: Spacing,
): Message {
  const rows = nuclei.map((nucleus) => [
    ...[`${nucleus.label}`, `${nucleus.points}`, digits(nucleus.meanRadius)],
    ...[nucleus.roughness.toExponential(3), nucleus.residual.toFixed(4)],
    nucleus.regularized ? "damped" : "",
  ]);
  const header = ["label", "points", `radius (${unit})`, "roughness", "residual", ""];
  const { mean, standardDeviation, median } = distribution(nuclei.map((n) => n.roughness));
  const words = (value?: number) => value?.toExponential(3) ?? "–";
  const damped = nuclei.filter(({ regularized }) => regularized).length;
  return joined([
    ...(nuclei.length > 0 ? [textTable(header, rows), ""] : []),
    `nuclei: ${nuclei.length} measured, ${leftOut.length} left out, ${tooSmall} too small`,
    ...leftOut.map(({ label, reason }) => `left out: ${label} (${reason})`),
    ...(damped === 0 ? [] : [
      phrase`damped: the points of ${damped} do not determine all degrees to ${lMax};
        ${option("lMax")} asks for fewer`,
    ]),
    `roughness (power of the degrees ${above + 1} to ${lMax}): mean ${words(mean)} ± ` +
    `${words(standardDeviation)}, median ${words(median)}`,
  ], "\n");
}

/** A line for each nucleus with the power of every degree. */
export function roughnessCsv({ nuclei, lMax }: RoughnessResult): string {
  const header = ["label", "points", "voxels", "centre_x", "centre_y", "centre_z", "mean_radius"]
    .concat("roughness", "residual", "regularized")
    .concat(Array.from({ length: lMax + 1 }, (_, l) => `power_${l}`));
  return csv(
    header,
    nuclei.map((nucleus) => [
      ...[nucleus.label, nucleus.points, nucleus.voxels, ...nucleus.centre, nucleus.meanRadius],
      ...[nucleus.roughness, nucleus.residual, Number(nucleus.regularized), ...nucleus.power],
    ]),
  );
}

/** The power spectra as an SVG. */
export function roughnessPlot({ nuclei }: RoughnessResult): Promise<string> {
  const spectra = nuclei.map(({ label, power }) => ({ name: `${label}`, powers: power.slice(1) }));
  return spectrumPlot(spectra, {
    title: `Shape of ${nuclei.length} nuclei (mean in red)`,
    x: "degree l",
    y: "power / mean radius squared",
  });
}
