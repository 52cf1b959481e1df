import { placeInWords } from "../message.ts";
import type { StackEvaluation } from "../evaluation/evaluate.ts";
import { number, signedDecibels } from "../evaluation/score_tables.ts";
import type { SpreadReliability } from "../evaluation/spread_reliability.ts";
import { gain } from "../evaluation/mean_scores.ts";
import type { Figure } from "./figures.ts";
import { Html, html, picture } from "./html.ts";
import { legendOf, reliabilityPlot, slicePlot } from "./score_plots.ts";
import { factsTable, type Naming, scoresTable } from "./tables.ts";

/** A stack's part of a report. */
export interface ReportedStack {
  readonly evaluation: StackEvaluation;
  /** Hexadecimal SHA-256 of the stack's samples, as `zaugnet info` gives it. */
  readonly sha256: string;
  readonly figures: readonly Figure[];
}

/** What a report says of one stack. */
export async function stackSection(
  { evaluation, sha256, figures }: ReportedStack,
  nameOf: Naming,
): Promise<Html> {
  const { stack, sizes, voxelSize, factor, first, last, generated, range } = evaluation;
  const { x, y, z, unit } = voxelSize;
  const step = (value?: number) => value === undefined ? "?" : String(Number(value.toPrecision(4)));
  const kept = placeInWords({ slice: first, lastSlice: last });
  const facts = {
    Size: `${sizes.x} × ${sizes.y}, ${sizes.z} slices` +
      (sizes.c > 1 ? `, ${sizes.c} channels` : "") + (sizes.t > 1 ? `, ${sizes.t} frames` : ""),
    "Voxel size": x === undefined && z === undefined
      ? "not stated"
      : `${step(x)} × ${step(y)} × ${step(z)} ${unit} (x, y, z)`,
    "Held out": `${kept}: every ${factor}${ordinal(factor)} ` +
      `was kept, ${generated} were predicted`,
    "Grey levels 0 to 255": `${range[0]} to ${range[1]}, the stack's minimum and maximum`,
    Normalisation: Object.values(evaluation.normalization).join(", "),
    "SHA-256 of the samples": sha256,
    ...(evaluation.notes.length > 0 ? { Notes: evaluation.notes.join(" ") } : {}),
  };
  const plot = new Html(await slicePlot(evaluation, nameOf));
  return html`<section><h2>${stack}</h2>
${factsTable(facts)}
${scoresTable(evaluation, nameOf)}
<p>${nameOf("network")}: ${signedDecibels(gain(evaluation))} dB against the better of linear and
cubic.</p>
${figures.map(figureOf)}
<h3>Slice by slice</h3>
<div class="legend">${
    legendOf(evaluation, nameOf).map(({ name, colour }) =>
      html`<span><i style="background:${colour}"></i>${name}</span>`
    )
  }</div>
${plot}
${evaluation.reliability ? await reliabilitySection(evaluation.reliability) : undefined}
</section>`;
}

function figureOf({ caption, flat, panels }: Figure): Html {
  return html`
    <figure>
      <div class="panels${flat ? " thin" : ""}">${panels.map(({ name, png }) =>
        html`<div>${name}${picture(png, name)}</div>`
      )}</div>
      <figcaption>${caption}</figcaption>
    </figure>
  `;
}

async function reliabilitySection(reliability: SpreadReliability): Promise<Html> {
  const { samples, rankCorrelation, sliceRankCorrelation, tenths } = reliability;
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  const rows = tenths.map(({ spread, rmse, within1, within2 }, i) =>
    html`
      <tr>
        <td>${10 * i} to ${10 * (i + 1)} %</td>
        <td>${number(spread, 2)}</td>
        <td>${number(rmse, 2)}</td>
        <td>${percent(within1)}</td>
        <td>${percent(within2)}</td>
      </tr>
    `
  );
  return html`<h3>Does the ensemble know where it errs?</h3>
<p>Spearman's rank correlation of spread and error: ${number(rankCorrelation, 3)} over
${samples} samples, ${number(sliceRankCorrelation, 3)} over slices. A reliable spread equals the
error (the dashed line) and holds 68 % of the errors within one spread, 95 % within two.</p>
<div class="beside">${new Html(await reliabilityPlot(reliability))}
<table><thead><tr><th>samples by spread</th><th>spread</th><th>RMSE</th><th>within 1</th>
<th>within 2</th></tr></thead><tbody>${rows}</tbody>
<caption>Tenths of the samples, from the surest to the least sure; grey levels.</caption></table>
</div>`;
}

function ordinal(n: number): string {
  return ["th", "st", "nd", "rd"][n % 100 > 10 && n % 100 < 14 ? 0 : n % 10] ?? "th";
}
