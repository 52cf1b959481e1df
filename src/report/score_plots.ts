import { draw } from "../analysis/plots.ts";
import type { SpreadReliability } from "../evaluation/spread_reliability.ts";
import type { StackEvaluation } from "../evaluation/evaluate.ts";

/** Told apart with deficient colour vision, too (Okabe and Ito). */
const COLOURS = ["#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];
const WIDTH = 920;

/** Draws each method's PSNR slice by slice (first channel and frame), as an SVG. */
export function slicePlot(
  { slices, scores }: StackEvaluation,
  nameOf: (method: string) => string,
): Promise<string> {
  const methods = Object.keys(scores).reverse();
  const points = slices
    .filter(({ t, c, psnr }) => t === 0 && c === 0 && Number.isFinite(psnr))
    .map(({ z, psnr, method }) => ({ z: z + 1, psnr, method: nameOf(method) }));
  const places = [...new Set(points.map(({ z }) => z))];
  const at = { x: "z", y: "psnr", stroke: "method" };
  return draw({ title: "", x: "slice", y: "PSNR (dB)" }, (plot) => ({
    width: WIDTH,
    height: 300,
    marginLeft: 50,
    marginTop: 20,
    grid: true,
    // Left to itself, the axis of few slices repeats their numbers.
    x: { tickFormat: "d", ...(places.length <= 20 ? { ticks: places } : {}) },
    color: { domain: methods.map(nameOf), range: COLOURS },
    marks: [plot.line(points, at), plot.dot(points, { ...at, fill: "method", r: 2 })],
  }));
}

/** The colours of {@link slicePlot}, for its legend. */
export function legendOf(
  { scores }: StackEvaluation,
  nameOf: (method: string) => string,
): { name: string; colour: string }[] {
  return Object.keys(scores).reverse().map((method, i) => ({
    name: nameOf(method),
    colour: COLOURS[i % COLOURS.length],
  }));
}

/** Draws the error of each tenth of the samples over its spread, and the line of equality. */
export function reliabilityPlot({ tenths }: SpreadReliability): Promise<string> {
  const most = 1.05 * Math.max(1e-9, ...tenths.flatMap(({ spread, rmse }) => [spread, rmse]));
  const at = { x: "spread", y: "rmse", stroke: COLOURS[1] };
  const words = { title: "", x: "spread (grey levels)", y: "RMSE (grey levels)" };
  return draw(words, (plot) => ({
    width: 340,
    height: 340,
    marginLeft: 50,
    marginTop: 20,
    grid: true,
    x: { domain: [0, most] },
    y: { domain: [0, most] },
    marks: [
      plot.line([[0, 0], [most, most]], { stroke: "#999", strokeDasharray: "4 4" }),
      plot.line(tenths, at),
      plot.dot(tenths, { ...at, fill: COLOURS[1], r: 3 }),
    ],
  }));
}
