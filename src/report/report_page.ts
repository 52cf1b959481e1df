import type { StackEvaluation } from "../evaluation/evaluate.ts";
import { ENOUGH_FID_IMAGES, type Fid } from "../evaluation/fid.ts";
import { number, signedDecibels } from "../evaluation/score_tables.ts";
import { estimate, gain } from "../evaluation/mean_scores.ts";
import { Html, html } from "./html.ts";
import { type ReportedStack, stackSection } from "./stack_section.ts";
import style from "./style.css" with { type: "text" };
import { factsTable, summaryTable } from "./tables.ts";

/** All that a report tells. */
export interface Report {
  /** What the network is called: "ZAugNet+". */
  readonly network: string;
  /** With what it was made: names and values, in order. */
  readonly facts: Readonly<Record<string, string>>;
  readonly stacks: readonly ReportedStack[];
  readonly fid?: Fid;
}

/** What the methods of a table are, for readers who did not run the program. */
const METHODS: Readonly<Record<string, string>> = {
  nearest: "the nearer kept slice",
  linear: "the weighted mean of the two kept slices around",
  cubic: "Keys' cubic convolution along z (a = −0.5) over four kept slices",
  adaptive:
    "linear and cubic interpolation and the mean of each pixel's four neighbours in both, " +
    "in proportions fitted to the kept slices",
  calibrated: "the network, linear and cubic interpolation weighted in bands of frequency as the " +
    "kept slices tell: what zaugnet predict writes",
  flow: "the two kept slices warped along their optical flow (Lucas-Kanade averages in a " +
    "Horn-Schunck field, coarse to fine; no training) and blended",
};

/**
 * The report of an evaluation as one HTML file that needs no other: tables with intervals,
 * pictures, plots, and all that it takes to repeat it.
 */
export async function reportPage(report: Report): Promise<string> {
  const { network, stacks, facts, fid } = report;
  const evaluations = stacks.map(({ evaluation }) => evaluation);
  const nameOf = (method: string) => method === "network" ? network : method;
  const generated = evaluations.reduce((sum, evaluation) => sum + evaluation.generated, 0);
  const sections = await Promise.all(stacks.map((stack) => stackSection(stack, nameOf)));
  const page = html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>${network}: ${generated} predicted slices against the truth</title>
        <style>${new Html(style)}</style>
      </head>
      <body>
    <h1>${network}: predicted slices against the truth</h1>
    <p class="soft">${count(stacks.length, "stack")}, ${count(
      generated,
      "slice",
    )} held out, predicted
    and scored.</p>
    ${verdict(evaluations, network)}
    ${evaluations.length > 1 ? overview(evaluations, nameOf) : undefined}
    ${sections}
    ${fid ? fidSection(fid, nameOf) : undefined}
    ${explanation(evaluations, network)}
    <h2>How this was made</h2>
    ${factsTable(facts)}
      </body>
    </html>
  `;
  return `${page.text.trim()}\n`;
}

function verdict(evaluations: readonly StackEvaluation[], network: string): Html {
  const { mean, margin } = estimate(evaluations.map(gain));
  const better = mean >= 0 ? "above" : "below";
  const size = Math.abs(mean).toFixed(2);
  const interval = Number.isNaN(margin)
    ? html`one stack: no interval over stacks can be given`
    : html`95 % interval over stacks ${signedDecibels(mean - margin)} to ${
      signedDecibels(mean + margin)
    } dB`;
  return html`<p class="lead">${network} is <b>${size} dB ${better}</b> the better of linear and
cubic interpolation in PSNR (${interval}).</p>`;
}

function overview(evaluations: readonly StackEvaluation[], nameOf: (method: string) => string) {
  return html`<h2>All stacks</h2>${summaryTable(evaluations, nameOf)}`;
}

function fidSection({ images, distances }: Fid, nameOf: (method: string) => string): Html {
  const warning = images >= ENOUGH_FID_IMAGES ? undefined : html`<p><b>Few images:</b> with
${images} on either side, fewer than the ${ENOUGH_FID_IMAGES} features, FID is biased upwards; compare
the methods here with one another only.</p>`;
  return html`
    <h2>Fréchet Inception Distance</h2>${warning}
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th></th>
            <th>FID</th>
          </tr>
        </thead>
        <tbody>${Object.entries(distances).map(([method, distance]) =>
          html`
            <tr class="${method}">
              <td>${nameOf(method)}</td>
              <td>${number(distance, 2)}</td>
            </tr>
          `
        )}</tbody>
        <caption>Of the generated slices (XY) from the true ones; lower is more alike.</caption>
      </table>
    </div>
  `;
}

function explanation(evaluations: readonly StackEvaluation[], network: string): Html {
  const methods = [...new Set(evaluations.flatMap(({ scores }) => Object.keys(scores)))];
  const described = methods.map((method) => {
    const words = method === "network"
      ? "the network, from the two kept slices around"
      : METHODS[method] ?? "a stack made by another program, scored as it was given";
    return html`
      <tr>
        <th>${method === "network" ? network : method}</th>
        <td>${words}</td>
      </tr>
    `;
  });
  return html`
    <h2>How to read it</h2>
    <p>Slices were dropped from each stack and predicted from those kept; only predicted slices are
    scored, unrounded. Errors are in grey levels, of which 0 to 255 is the whole stack's range.
    RMSE, PSNR and bias come from the pooled errors of all slices; PSNR/slice and SSIM are means over
    slices. SSIM has a uniform window of 7 × 7, SSIM-G a Gaussian one (σ = 1.5), SSIM-XZ looks across
    the slices, kept ones included. Bias is predicted − truth, texture the power of the finest structure
    and noise, predicted over measured: 1 is as measured. Intervals are Student's t at 95 %:
    over stacks where there are several; within a stack over its slices, which resemble one another,
    so that these are narrower than those of new stacks would be.</p>
    <table class="facts">
      <tbody>${described}</tbody>
    </table>
  `;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
