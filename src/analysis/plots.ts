import type { PlotOptions } from "@observablehq/plot";

/** Black on white for text and axes, whatever shows the picture. */
const INK = "background: white; color: black";
const POINT = "#0072b2";
/** The paper draws medians in red. */
const MEDIAN = "#d62728";

/** An axis's words stand along its middle. */
const AXIS = { labelAnchor: "center", labelArrow: "none" } as const;

/** What a plot is called, and its axes with their units. */
export interface PlotWords {
  readonly title: string;
  readonly x: string;
  readonly y: string;
}

/** A point of {@link scatterPlot}; `name` shows when the mouse rests on it. */
export interface NamedPoint {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

/** Draws points and the line on which both values are equal, as an SVG file. */
export function scatterPlot(points: readonly NamedPoint[], words: PlotWords): Promise<string> {
  const most = 1.05 * points.reduce((most, { x, y }) => Math.max(most, x, y), 1e-9);
  return draw(words, (plot) => ({
    width: 520,
    height: 500,
    grid: true,
    x: { domain: [0, most] },
    y: { domain: [0, most] },
    marks: [
      plot.line([[0, 0], [most, most]], { stroke: "#999", strokeDasharray: "4 4" }),
      plot.dot(points, { x: "x", y: "y", title: "name", fill: POINT, fillOpacity: 0.6, r: 4 }),
    ],
  }));
}

/** A group of numbers of {@link boxPlot}. */
export interface Group {
  readonly name: string;
  readonly values: readonly number[];
}

/**
 * Draws each group's quartiles as a box with the median in red, whiskers to the last value within
 * 1.5 times the box's height (Tukey), and the values beyond them, as an SVG file.
 */
export function boxPlot(groups: readonly Group[], words: PlotWords): Promise<string> {
  const values = groups.flatMap(({ name, values }) => values.map((value) => ({ name, value })));
  const at = { x: "name", y: "value" };
  return draw(words, (plot) => ({
    width: 140 + 160 * groups.length,
    height: 420,
    x: { domain: groups.map(({ name }) => name), padding: 0.4 },
    y: { grid: true, zero: true, nice: true },
    marks: [
      plot.boxY(values, { ...at, fill: "#cfe2f0" }),
      plot.tickY(values, plot.groupX({ y: "median" }, { ...at, stroke: MEDIAN, strokeWidth: 2 })),
    ],
  }));
}

/** A line of {@link spectrumPlot}: powers of the degrees 1, 2, 3, … */
export interface Spectrum {
  readonly name: string;
  readonly powers: readonly number[];
}

/** Draws power over degree on a logarithmic axis, a line for each body and their mean in red. */
export function spectrumPlot(spectra: readonly Spectrum[], words: PlotWords): Promise<string> {
  const points = ({ name, powers }: Spectrum) =>
    powers.map((power, i) => ({ name, degree: i + 1, power })).filter(({ power }) => power > 0);
  const count = spectra[0]?.powers.length ?? 0;
  const mean = Array.from(
    { length: count },
    (_, i) => spectra.reduce((sum, { powers }) => sum + powers[i], 0) / spectra.length,
  );
  const at = { x: "degree", y: "power", z: "name", title: "name" };
  return draw(words, (plot) => ({
    width: 560,
    height: 420,
    grid: true,
    x: { ticks: mean.map((_, i) => i + 1) },
    y: { type: "log", tickFormat: "~e" },
    marks: [
      plot.line(spectra.flatMap(points), { ...at, stroke: POINT, strokeOpacity: 0.35 }),
      plot.line(points({ name: "mean", powers: mean }), { ...at, stroke: MEDIAN, strokeWidth: 2 }),
    ],
  }));
}

type Plot = typeof import("@observablehq/plot");

/** Draws a plot as an SVG file; `options` may use the library, which is loaded for it. */
export async function draw(
  words: PlotWords,
  options: (plot: Plot) => PlotOptions,
): Promise<string> {
  // Loaded here only: together they take half a second, which no other command need wait for.
  const [plot, { parseHTML }] = await Promise.all([
    import("@observablehq/plot"),
    import("linkedom"),
  ]);
  const { document } = parseHTML("<html></html>") as unknown as Pick<PlotOptions, "document">;
  const { x, y, marks, ...rest } = options(plot);
  const svg = plot.plot({
    document,
    marginTop: 40,
    marginBottom: 50,
    marginLeft: 80,
    ...rest,
    x: { label: words.x, ...AXIS, ...x },
    y: { label: words.y, ...AXIS, ...y },
    marks: [
      ...marks ?? [],
      plot.text([words.title], { frameAnchor: "top-left", dy: -28, fontSize: 12 }),
    ],
  });
  svg.setAttribute("style", INK);
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return `${svg.outerHTML}\n`;
}
