import { Command, InvalidArgumentError, Option } from "commander";
import { basename } from "node:path";
import {
  type Device,
  encodePng,
  FlowInterpolator,
  InputError,
  type Model,
  NetworkInterpolator,
  type Normalization,
  NORMALIZATIONS,
  openStack,
  readModel,
  type SliceInterpolator,
} from "../../mod.ts";
import { evaluateStack, type StackEvaluation } from "../evaluation/evaluate.ts";
import { holdOut, type SliceBlock } from "../evaluation/held_out.ts";
import { EvaluationPicture } from "../evaluation/picture.ts";
import {
  calibrationTable,
  LEGEND,
  scoresCsv,
  stackTable,
  summaryTable,
} from "../evaluation/report.ts";
import { gain, summarize } from "../evaluation/summary.ts";
import { type ComparedStack, comparedStack, openCompared } from "./compared_stacks.ts";
import { openDevice } from "./devices.ts";
import { expandInputs, openFile, readWhole, writeWhole } from "../jobs/files.ts";
import { memory, range, wholeNumber } from "./flags.ts";
import { interruption, ProgressDisplay, say } from "./terminal.ts";

/** What stands beside the network, by name. */
type Rivals = Readonly<Record<string, SliceInterpolator>>;

interface Flags {
  readonly model: string;
  readonly factor: number;
  readonly slices?: SliceBlock;
  readonly normalization?: Normalization;
  readonly range?: [number, number];
  readonly flow: boolean;
  readonly compare: readonly ComparedStack[];
  readonly uncertainty?: boolean;
  readonly csv?: string;
  readonly picture?: string;
  readonly adapter?: string;
  readonly memory?: number;
  readonly json?: boolean;
}

export function evaluateCommand(): Command {
  return new Command("evaluate")
    .summary("score a model on slices that it has not seen")
    .description(
      "Drops slices of stacks, predicts them from those kept, and scores the generated ones\n" +
        "beside nearest, linear and cubic interpolation, and interpolation along optical flow.\n" +
        "Nothing is rounded before it is scored.",
    )
    .argument("<stack...>", "stacks, folders of stacks or patterns")
    .requiredOption("-m, --model <file>", "checkpoint: .pt as torch.save writes it, or safetensors")
    .option(
      "-f, --factor <n>",
      "every n-th slice is kept: 2, 4, 8, …; ZAugNet+: any",
      wholeNumber,
      2,
    )
    .option("--slices <a..b>", "slices a to b - 1 only, counted from 0; a is kept", sliceBlock)
    .addOption(
      new Option("--normalization <kind>", "range that the network sees as 0..1")
        .choices(NORMALIZATIONS),
    )
    .option("--range <lo,hi>", "that range, given", range)
    .option("--no-flow", "leave out optical flow, which takes longer than the network in software")
    .option(
      "--compare <name=stack.tif>",
      "score a stack of another program, too; may be repeated",
      comparedStack,
      [],
    )
    .option("--uncertainty", "predict with an ensemble; does its spread predict the error?")
    .option("--csv <file>", "write the score of each slice and method")
    .option("--picture <file.png>", "before | predicted | truth | difference, in XY and XZ")
    .option("--adapter <which>", "index or name, as `zaugnet adapters` lists them")
    .option("--memory <size>", "device memory that may be used, such as 4G", memory)
    .option("--json", "the scores as JSON on standard output; null where one is not finite")
    .action(run);
}

async function run(stacks: string[], flags: Flags): Promise<void> {
  const inputs = await expandInputs(stacks);
  if (inputs.length > 1 && flags.compare.length > 0) {
    throw new InputError(`--compare scores against one stack; ${inputs.length} were given.`);
  }
  const model = readModel(await readWhole(flags.model), basename(flags.model));
  for (const note of model.notes) say(`Note: ${note}`);
  const device = await openDevice(flags);
  const { signal, release } = interruption();
  try {
    const network = new NetworkInterpolator(device, model);
    const rivals: Rivals = flags.flow ? { flow: new FlowInterpolator(device) } : {};
    const evaluations: StackEvaluation[] = [];
    for (const input of inputs) {
      try {
        const picture = picturePath(input, inputs.length, flags.picture);
        evaluations.push(await evaluateFile(input, network, rivals, { ...flags, picture }, signal));
      } catch (error) {
        if (inputs.length === 1 || !(error instanceof InputError)) throw error;
        say(`${input}: ${error.message}`);
        Deno.exitCode = 2;
      }
    }
    if (flags.csv) await writeWhole(flags.csv, new TextEncoder().encode(scoresCsv(evaluations)));
    print(evaluations, model, device, flags);
  } finally {
    release();
    device.close();
  }
}

async function evaluateFile(
  input: string,
  network: NetworkInterpolator,
  rivals: Rivals,
  { factor, slices, normalization, range, uncertainty, compare, picture: path }: Flags,
  signal: AbortSignal,
): Promise<StackEvaluation> {
  const source = await openFile(input);
  const others = await openCompared(compare, signal);
  const display = new ProgressDisplay(basename(input));
  try {
    const reader = await openStack(source, { signal });
    const held = holdOut(reader, factor, slices);
    const picture = path ? new EvaluationPicture(reader.info, held) : undefined;
    const evaluation = await evaluateStack(reader, network, {
      ...{ factor, slices, signal, normalization: { normalization, range } },
      ...{ rivals, compare: others.readers, uncertainty },
      // One at a time is as fast on a CPU, and progress shows soon.
      batchSize: network.device.adapter.type === "software" ? 1 : undefined,
      onProgress: (progress) => display.show(progress),
      onSlice: (slice) => picture?.add(slice),
    });
    for (const note of [...reader.info.notes, ...evaluation.notes]) say(`Note: ${note}`);
    if (path && picture) await writeWhole(path, encodePng(picture.draw()));
    return evaluation;
  } finally {
    display.end();
    source.close();
    others.close();
  }
}

/** Where a stack's picture goes: of several stacks, each one's name is put into it. */
function picturePath(input: string, inputs: number, picture?: string): string | undefined {
  if (!picture) return undefined;
  if (!/\.png$/i.test(picture)) {
    throw new InputError(`Pictures are written as PNG only: ${picture} must end in .png.`);
  }
  if (inputs === 1) return picture;
  const name = basename(input).replace(/(\.ome)?\.tiff?$/i, "");
  return picture.replace(/\.png$/i, `_${name}.png`);
}

function print(
  evaluations: readonly StackEvaluation[],
  model: Model,
  { adapter: { name, type } }: Device,
  { json, model: modelFile }: Flags,
): void {
  if (json) {
    const facts = {
      adapter: { name, type },
      ...{ model: basename(modelFile), variant: model.variant },
      stacks: evaluations.map((evaluation) => ({ ...evaluation, gain: gain(evaluation) })),
      ...(evaluations.length > 1 ? { summary: summarize(evaluations) } : {}),
    };
    return console.log(JSON.stringify(facts, null, 1));
  }
  const network = model.variant === "zaugnet+" ? "ZAugNet+" : "ZAugNet";
  for (const evaluation of evaluations) {
    console.log(`${stackTable(evaluation, network)}\n`);
    if (evaluation.calibration) console.log(`${calibrationTable(evaluation.calibration)}\n`);
  }
  if (evaluations.length > 1) {
    console.log(`${summaryTable(evaluations, network)}\n`);
  }
  if (evaluations.length > 0) console.log(LEGEND);
}

/** "48..57", "48..", "..10". */
function sliceBlock(text: string): SliceBlock {
  const match = text.match(/^(\d*)\.\.(\d*)$/);
  if (!match || text === "..") {
    throw new InvalidArgumentError("It must be two slices, counted from 0: A..B, A.. or ..B.");
  }
  const [from, to] = match.slice(1).map((part) => part === "" ? undefined : Number(part));
  return { from, to };
}
