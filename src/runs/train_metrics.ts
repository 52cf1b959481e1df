import type { Curve, Panel } from "../core.ts";
import type { MetricsLine } from "./run_folder.ts";

/** The losses that are drawn, and what the curve is called. */
const LOSSES = {
  laplacian: "Laplacian",
  teacher: "teacher",
  distillation: "distillation",
};
const CRITIC = { criticTotal: "critic", adversarial: "adversarial" };
const METHODS = { network: "network", linear: "linear", cubic: "cubic", adaptive: "adaptive" };

/** The curves of a run: losses, those of the critic if there is one, and validation PSNR. */
export function curvePanels(metrics: readonly MetricsLine[]): Panel[] {
  const of = (kind: MetricsLine["kind"]) => metrics.filter((line) => line.kind === kind);
  const losses = (names: Readonly<Record<string, string>>) =>
    curves(names, of("step"), (line, name) => numberAt(line.losses, name));
  const scores = curves(METHODS, of("epoch"), (line, name) => numberAt(line[name], "psnr"));
  return [
    { title: "Losses of the generator", curves: losses(LOSSES) },
    { title: "Losses of the critic", curves: losses(CRITIC) },
    { title: "PSNR on the validation slices (dB)", curves: scores },
  ].filter((panel) => panel.curves.length > 0);
}

function curves(
  names: Readonly<Record<string, string>>,
  lines: readonly MetricsLine[],
  read: (line: MetricsLine, name: string) => number | undefined,
): Curve[] {
  return Object.entries(names).map(([key, name]) => ({
    name,
    points: lines.flatMap((line) => {
      const value = read(line, key);
      return value === undefined ? [] : [[line.step, value] as const];
    }),
  })).filter(({ points }) => points.length > 0);
}

function numberAt(record: unknown, name: string): number | undefined {
  const value = (record as Record<string, unknown> | undefined)?.[name];
  return typeof value === "number" ? value : undefined;
}
