/** A named series of points (step, value). */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [step: number, value: number])[];
}

/** Curves that share a vertical axis. */
export interface Panel {
  readonly title: string;
  readonly curves: readonly Curve[];
}

const WIDTH = 720;
const HEIGHT = 220;
const MARGIN = { left: 64, right: 130, top: 28, bottom: 28 };
/** Told apart with deficient colour vision, too (Okabe and Ito). */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
/** More points than pixels are averaged, so that a long run makes no large file. */
const MOST_POINTS = WIDTH - MARGIN.left - MARGIN.right;

/** Draws panels below each other as an SVG, on white, all over the same steps. */
export function drawCurves(panels: readonly Panel[]): string {
  const lastStep = Math.max(1, ...panels.flatMap(stepsOf));
  const drawn = panels.map((panel, i) =>
    `<g transform="translate(0,${i * HEIGHT})">${drawPanel(panel, lastStep)}</g>`
  );
  const height = Math.max(1, panels.length) * HEIGHT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" ` +
    `font-family="sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    ...drawn,
    "</svg>",
    "",
  ].join("\n");
}

function stepsOf({ curves }: Panel): number[] {
  return curves.map(({ points }) => points.at(-1)?.[0] ?? 0);
}

function drawPanel({ title, curves }: Panel, lastStep: number): string {
  const shown = curves.map((curve) => ({ ...curve, points: thinned(finite(curve)) }));
  const values = shown.flatMap(({ points }) => points.map(([, value]) => value));
  const [low, high] = values.length > 0 ? extent(values) : [0, 1];
  const [right, bottom] = [WIDTH - MARGIN.right, HEIGHT - MARGIN.bottom];
  const x = (step: number) => MARGIN.left + step / lastStep * (right - MARGIN.left);
  const y = (value: number) => bottom - (value - low) / (high - low) * (bottom - MARGIN.top);
  const text = (at: string, words: string) => `<text ${at}>${escaped(words)}</text>`;
  const lines = shown.map(({ points, name }, i) => {
    const colour = COLOURS[i % COLOURS.length];
    const path = points.map(([step, value]) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`);
    // A single point has no line to show it.
    const [cx, cy] = (path.at(-1) ?? "").split(",");
    const dot = path.length === 0 ? "" : `<circle cx="${cx}" cy="${cy}" r="2" fill="${colour}"/>`;
    return `<polyline points="${path.join(" ")}" fill="none" stroke="${colour}"/>` + dot +
      text(`x="${right + 8}" y="${MARGIN.top + 10 + 15 * i}" fill="${colour}"`, name);
  });
  return [
    text(`x="${MARGIN.left}" y="18" font-weight="bold"`, title),
    `<path d="M${MARGIN.left},${MARGIN.top}V${bottom}H${right}" fill="none" stroke="black"/>`,
    text(`x="${MARGIN.left - 6}" y="${MARGIN.top + 8}" text-anchor="end"`, high.toPrecision(4)),
    text(`x="${MARGIN.left - 6}" y="${bottom}" text-anchor="end"`, low.toPrecision(4)),
    text(`x="${right}" y="${bottom + 16}" text-anchor="end"`, `step ${lastStep}`),
    ...lines,
  ].join("\n");
}

function finite({ points }: Curve): Curve["points"] {
  return points.filter(([, value]) => Number.isFinite(value));
}

/** Neighbouring points averaged until there are few enough. */
function thinned(points: Curve["points"]): Curve["points"] {
  const size = Math.ceil(points.length / MOST_POINTS);
  if (size <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i) => {
    const group = points.slice(i * size, (i + 1) * size);
    const mean = (axis: 0 | 1) => group.reduce((sum, point) => sum + point[axis], 0) / group.length;
    return [mean(0), mean(1)] as const;
  });
}

function extent(values: readonly number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return low === high ? [low - 1, high + 1] : [low, high];
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
