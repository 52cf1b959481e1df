import type { StackEvaluation } from "../evaluation/evaluate.ts";
import { DECIMALS, HEADINGS, number } from "../evaluation/score_tables.ts";
import { type Metric, METRICS } from "../evaluation/score_card.ts";
import { commonMethods, type Estimate, estimate, summarize } from "../evaluation/mean_scores.ts";
import { type Html, html } from "./html.ts";

/** What a method is called in a report. */
export type Naming = (method: string) => string;

/** A number of a table: its text, and what it is judged by. */
interface Cell {
  readonly text: string;
  readonly value: number;
}

/** Names and values, a row each. */
export function factsTable(facts: Readonly<Record<string, string>>): Html {
  const rows = Object.entries(facts).map(([name, value]) =>
    html`
      <tr>
        <th>${name}</th>
        <td>${/^[0-9a-f]{64}$/.test(value) ? html`<code>${value}</code>` : value}</td>
      </tr>
    `
  );
  return html`
    <table class="facts">
      <tbody>${rows}</tbody>
    </table>
  `;
}

/** One stack's scores; PSNR and SSIM over its slices with their intervals. */
export function scoresTable({ scores, slices }: StackEvaluation, nameOf: Naming): Html {
  const overSlices: Partial<Record<Metric, "psnr" | "ssim" | "ssimGaussian">> = {
    psnrPerSlice: "psnr",
    ssim: "ssim",
    ssimGaussian: "ssimGaussian",
  };
  const methods = Object.keys(scores);
  const cells = methods.map((method) =>
    METRICS.map((metric, i): Cell => {
      const value = scores[method][metric];
      const column = overSlices[metric];
      if (!column) return { text: number(value, DECIMALS[i]), value };
      const own = slices.filter((slice) => slice.method === method).map((slice) => slice[column]);
      return { text: withMargin(estimate(own), DECIMALS[i]), value };
    })
  );
  return table(
    methods,
    cells,
    nameOf,
    "± half of the 95 % interval over this stack's slices. Bold: the best.",
  );
}

/** Means over stacks with their intervals. */
export function summaryTable(evaluations: readonly StackEvaluation[], nameOf: Naming): Html {
  const summary = summarize(evaluations);
  const methods = commonMethods(evaluations);
  const cells = methods.map((method) =>
    METRICS.map((metric, i): Cell => {
      const own = summary[method][metric];
      return { text: withMargin(own, DECIMALS[i]), value: own.mean };
    })
  );
  const caption =
    `Means over ${evaluations.length} stacks ± half of their 95 % interval. Bold: the best.`;
  return table(methods, cells, nameOf, caption);
}

function table(
  methods: readonly string[],
  cells: readonly (readonly Cell[])[],
  nameOf: Naming,
  caption: string,
): Html {
  const best = METRICS.map((metric, i) => {
    const values = cells.map((row) => goodness(metric, row[i].value));
    return Math.max(...values.filter((value) => !Number.isNaN(value)));
  });
  const rows = methods.map((method, k) =>
    html`<tr class="${method}"><td>${nameOf(method)}</td>${
      cells[k].map(({ text, value }, i) =>
        html`<td class="${goodness(METRICS[i], value) === best[i] ? "best" : ""}">${text}</td>`
      )
    }</tr>`
  );
  return html`
    <div class="scroll">
      <table>
        <thead>
          <tr><th></th>${HEADINGS.map((heading) => html`<th>${heading}</th>`)}</tr>
        </thead>
        <tbody>${rows}</tbody>
        <caption>${caption}</caption>
      </table>
    </div>
  `;
}

/** More is better: of predicted slices, a texture as strong as the measured ones' is best. */
function goodness(metric: Metric, value: number): number {
  if (metric === "bias") return -Math.abs(value);
  if (metric === "texture") return -Math.abs(value - 1);
  return metric === "rmse" ? -value : value;
}

function withMargin({ mean, margin }: Estimate, decimals: number): string {
  return Number.isNaN(margin)
    ? number(mean, decimals)
    : `${number(mean, decimals)} ± ${number(margin, decimals)}`;
}
