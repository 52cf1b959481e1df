import type { Check } from "./check.ts";
import type { SpreadReliability } from "./spread_reliability.ts";
import type { Method, StackEvaluation } from "./evaluate.ts";
import type { Fid } from "./fid.ts";
import { placeInWords } from "../message.ts";
import { type Metric, METRICS } from "./score_card.ts";
import { commonMethods, type Estimate, estimate, gain, summarize } from "./mean_scores.ts";

/** The metrics' names as headings, in the order of METRICS. */
export const HEADINGS = [
  "RMSE",
  "PSNR",
  "PSNR/slice",
  "SSIM",
  "SSIM-G",
  "SSIM-XZ",
  "bias",
  "texture",
];
/** Decimals of each metric, likewise. */
export const DECIMALS = [2, 2, 2, 4, 4, 4, 2, 2];

/** Says what the columns of the tables are. */
export const LEGEND =
  "RMSE and bias in grey levels (0..255 is the stack's range); PSNR in dB from the pooled error, " +
  "PSNR/slice its mean over slices;\nSSIM with a 7x7 window, SSIM-G Gaussian (sigma 1.5), " +
  "SSIM-XZ across the slices; bias is predicted - truth; texture: power of the finest structure and " +
  "noise, predicted / measured.";

/** One stack's scores as a table of text; `network` is what the model is called. */
export function stackTable(evaluation: StackEvaluation, network: string): string {
  const { stack, factor, first, last, generated, range, scores } = evaluation;
  return [
    `${stack}: factor ${factor}, ${
      placeInWords({ slice: first, lastSlice: last })
    } (generated and scored: ` +
    `${generated}); 0..255 is ${range[0]}..${range[1]}`,
    ...table(
      Object.keys(scores).map((method) => [
        method === "network" ? network : method,
        ...METRICS.map((metric, i) => signed(metric, number(scores[method][metric], DECIMALS[i]))),
      ]),
    ),
    Number.isNaN(gain(evaluation))
      ? `${network} can't be held against linear and cubic: one of them makes no error`
      : `${network}: ${signedDecibels(gain(evaluation))} dB against the better of linear and cubic`,
  ].join("\n");
}

/** The means over stacks and their 95 % intervals as a table of text. */
export function summaryTable(evaluations: readonly StackEvaluation[], network: string): string {
  const summary = summarize(evaluations);
  const { mean, margin } = estimate(evaluations.map(gain));
  const cell = ({ mean, margin }: Estimate, decimals: number) =>
    `${number(mean, decimals)} ± ${number(margin, decimals)}`;
  return [
    `Mean over ${evaluations.length} stacks ± half of its 95 % interval (Student's t)`,
    ...table(
      commonMethods(evaluations).map((method) => [
        method === "network" ? network : method,
        ...METRICS.map((metric, i) => signed(metric, cell(summary[method][metric], DECIMALS[i]))),
      ]),
    ),
    `${network}: ${signedDecibels(mean)} ± ${number(margin, 2)} dB against the better of linear ` +
    "and cubic, stack by stack",
  ].join("\n");
}

/** How well an ensemble's spread predicts the error, as text. */
export function reliabilityTable(reliability: SpreadReliability): string {
  const { samples, rankCorrelation, sliceRankCorrelation, tenths } = reliability;
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  return [
    `Spread of the ensemble against its error: Spearman's rank correlation ` +
    `${number(rankCorrelation, 3)} over ${samples} samples, ` +
    `${number(sliceRankCorrelation, 3)} over slices`,
    ...aligned([
      ["samples", "spread", "RMSE", "within 1 spread", "within 2"],
      ...tenths.map(({ spread, rmse, within1, within2 }, i) => [
        `${10 * i}-${10 * (i + 1)} %`,
        ...[number(spread, 2), number(rmse, 2), percent(within1), percent(within2)],
      ]),
    ]),
    "Tenths of the samples by spread, grey levels. Reliable: RMSE = spread, 68 % and 95 % within.",
  ].join("\n");
}

/** Fréchet Inception Distances as text; `network` is what the model is called. */
export function fidTable({ images, distances }: Fid, network: string): string {
  return [
    `Fréchet Inception Distance over ${images} images`,
    ...aligned([
      ["", "FID"],
      ...Object.entries(distances).map(([method, distance]) => [
        ...[method === "network" ? network : method, number(distance, 2)],
      ]),
    ]),
  ].join("\n");
}

/**
 * What wins on a stack, as a sentence and a table of text; `asked` says how each method is asked for.
 */
export function checkTable(
  { sentence, methods }: Check,
  asked: Readonly<Record<Method, string>>,
): string {
  return [
    sentence,
    "",
    ...aligned([
      ["", "gain", "PSNR", "SSIM", "texture", "zaugnet predict"],
      ...methods.map(({ method, gain: { mean, margin }, psnr, ssim, texture }) => [
        method,
        `${signedDecibels(mean)} ± ${number(margin, 2)}`,
        ...[number(psnr, 2), number(ssim, 4), number(texture, 2), asked[method]],
      ]),
    ]),
    "Gain in dB over the better of linear and cubic, mean over slices ± half of its 95 % interval.",
    "Neighbouring slices are alike, so that the interval is a narrow one. Texture below 1: smoother",
    "than measured, which raises PSNR and is no proof of structure kept.",
  ].join("\n");
}

/** A line for each generated slice and method. */
export function scoresCsv(evaluations: readonly StackEvaluation[]): string {
  const columns = ["rmse", "psnr", "ssim", "ssimGaussian", "bias", "texture"] as const;
  const lines = evaluations.flatMap(({ stack, factor, slices }) =>
    slices.map(({ t, c, z, method, ...score }) =>
      [
        `"${stack.replaceAll('"', '""')}"`,
        // Counted from 1.
        ...[factor, t + 1, c + 1, z + 1, method],
        ...columns.map((column) => score[column]),
      ].join(",")
    )
  );
  const header = "stack,factor,t,c,z,method,rmse,psnr,ssim,ssim_gaussian,bias,texture";
  return [header, ...lines, ""].join("\n");
}

function table(rows: readonly (readonly string[])[]): string[] {
  return aligned([["", ...HEADINGS], ...rows]);
}

function aligned(cells: readonly (readonly string[])[]): string[] {
  const widths = cells[0].map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  return cells.map((row) =>
    row.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("  ")
  );
}

/**
 * A dash where a metric has no value: a stack too small for its window, a single stack. The PSNR of
 * what has no error is infinite.
 */
export function number(value: number, decimals: number): string {
  return Number.isFinite(value) ? value.toFixed(decimals) : Number.isNaN(value) ? "–" : "∞";
}

/** With its sign. */
export function signedDecibels(value: number): string {
  return `${value >= 0 ? "+" : ""}${number(value, 2)}`;
}

function signed(metric: Metric, text: string): string {
  return metric === "bias" && /^\d/.test(text) ? `+${text}` : text;
}
