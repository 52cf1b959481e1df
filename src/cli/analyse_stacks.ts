import { type Command, InvalidArgumentError, Option } from "commander";
import { InputError, type Message, openStack, render, type VoxelSize } from "../core.ts";
import { FLAGS } from "../files/flags_face.ts";
import { connectedComponents, type Connectivity } from "../analysis/components.ts";
import { labelsOf, type LabelStack, type Watch } from "../analysis/labels.ts";
import { openFile, writeWhole } from "../files/local_files.ts";
import { numberList } from "./flags.ts";
import { ProgressDisplay, say } from "./terminal.ts";

/** Flags of what is done with the results. */
export interface ResultFlags {
  readonly output?: string;
  readonly csv?: string;
  readonly json?: boolean;
}

/** Flags of how a stack becomes objects. */
export interface LabelFlags {
  readonly threshold?: number;
  readonly connectivity: Connectivity;
  readonly voxelSize?: VoxelSize;
}

/** Adds the flags of {@link ResultFlags}; `picture` says what the SVG shows. */
export function withResultFlags(command: Command, picture: string): Command {
  return command
    .option("-o, --output <file.svg>", picture)
    .option("--csv <file>", "write every measurement, unrounded")
    .option("--json", "the measurements as JSON on standard output");
}

/** Adds the flags of {@link LabelFlags}. */
export function withLabelFlags(command: Command): Command {
  return command
    .option("--threshold <value>", "the stacks are images: objects are where it is reached", level)
    .addOption(
      new Option("--connectivity <n>", "voxels touch by faces (6) or also edges and corners (26)")
        .choices(["6", "26"]).default(6).argParser(connectivity),
    )
    .addOption(voxelSizeOption());
}

export function voxelSizeOption(): Option {
  return new Option("--voxel-size <z,y,x>", "in µm, where the files do not say it or are wrong")
    .argParser(voxelSize);
}

export function level(text: string): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new InvalidArgumentError("It must be a number.");
}

function connectivity(text: string): Connectivity {
  if (text === "6") return 6;
  if (text === "26") return 26;
  throw new InvalidArgumentError("It must be 6 or 26.");
}

function voxelSize(text: string): VoxelSize {
  const [z, y, x, ...more] = numberList(text);
  if (x === undefined || more.length > 0 || ![z, y, x].every((edge) => edge > 0)) {
    throw new InvalidArgumentError("It must be three positive numbers: Z,Y,X.");
  }
  return { z, y, x, unit: "µm" };
}

/** Opens stacks of labels, or of images that become labels, for as long as `use` runs. */
export async function withLabels<T>(
  paths: readonly string[],
  { threshold, connectivity, voxelSize }: LabelFlags,
  signal: AbortSignal,
  use: (...labels: LabelStack[]) => Promise<T>,
): Promise<T> {
  const close: (() => void)[] = [];
  try {
    const stacks: LabelStack[] = [];
    for (const path of paths) {
      const source = await openFile(path);
      close.push(() => source.close());
      const reader = await openStack(source, { signal });
      for (const note of reader.info.notes) say(`Note: ${reader.name}: ${note}`);
      const labels = threshold === undefined ? labelsOf(reader) : await watched(
        `${reader.name}: components`,
        reader.info.sizes.z,
        (watch) => connectedComponents(reader, { threshold, connectivity, signal, ...watch }),
      );
      stacks.push(voxelSize ? { ...labels, voxelSize } : labels);
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
