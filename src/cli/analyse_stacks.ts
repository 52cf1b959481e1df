import { InputError, type Message, render } from "../core.ts";
import { FLAGS } from "../files/flags_face.ts";
import { connectedComponents } from "../analysis/components.ts";
import { labelsOf, type LabelStack, type Watch } from "../analysis/label_stack.ts";
import { expandInput } from "../files/stack_inputs.ts";
import { openStackPath } from "../files/stack_path.ts";
import { readingOf, type STACK_INPUT } from "../options/stack_input.ts";
import { writeWhole } from "../files/local_files.ts";
import type { LABELS, RESULT } from "../options/analyse.ts";
import type { OptionsOf } from "../options/table.ts";
import { ProgressDisplay, say } from "./terminal.ts";

type ResultFlags = OptionsOf<typeof RESULT>;

/** Opens stacks of labels, or of images that become labels, for as long as `use` runs. */
export async function withLabels<T>(
  paths: readonly string[],
  flags: OptionsOf<typeof LABELS & typeof STACK_INPUT>,
  signal: AbortSignal,
  use: (...labels: LabelStack[]) => Promise<T>,
): Promise<T> {
  const { threshold, connectivity } = flags;
  const close: (() => void)[] = [];
  try {
    const stacks: LabelStack[] = [];
    for (const path of paths) {
      const stack = await openStackPath(await expandInput(path, flags.sequence), {
        ...readingOf(flags),
        signal,
      });
      close.push(() => stack.close());
      const { reader } = stack;
      for (const note of reader.info.notes) say(`Note: ${reader.name}: ${note}`);
      const labels = threshold === undefined ? labelsOf(reader) : await watched(
        `${reader.name}: components`,
        reader.info.sizes.z,
        (watch) => connectedComponents(reader, { threshold, connectivity, signal, ...watch }),
      );
      stacks.push(labels);
    }
    return await use(...stacks);
  } finally {
    for (const end of close) end();
  }
}

/** Shows the progress of work over `total` slices, or of what `unit` calls them. */
export async function watched<T>(
  what: string,
  total: number,
  work: (watch: Pick<Watch, "onProgress" | "onStage">) => Promise<T>,
  unit?: string,
): Promise<T> {
  const display = new ProgressDisplay(what, unit);
  const start = performance.now();
  try {
    return await work({
      onStage: (words) => display.tell(words),
      onProgress(done) {
        const seconds = (performance.now() - start) / 1000;
        if (seconds === 0) return display.show({ done, total });
        const rate = done / seconds;
        display.show({ done, total, slicesPerSecond: rate, secondsLeft: (total - done) / rate });
      },
    });
  } finally {
    display.end();
  }
}

/** Refuses what could not be written before the work begins. */
export function requireSvg({ output }: ResultFlags): void {
  if (output === undefined || /\.svg$/i.test(output)) return;
  throw new InputError(`Pictures of an analysis are SVG: --output ${output} must end in .svg.`);
}

/** Writes and prints results as the flags ask. */
export async function deliver(
  { output, csv, json }: ResultFlags,
  results: {
    readonly json: unknown;
    readonly text: () => Message;
    readonly csv: () => string;
    readonly plot: () => Promise<string>;
  },
): Promise<void> {
  const write = (path: string, text: string) => writeWhole(path, new TextEncoder().encode(text));
  if (csv !== undefined) await write(csv, results.csv());
  if (output !== undefined) await write(output, await results.plot());
  console.log(json ? JSON.stringify(results.json, null, 1) : render(results.text(), FLAGS));
}
