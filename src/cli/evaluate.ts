import { Command, InvalidArgumentError, Option } from "commander";
import { basename } from "node:path";
import {
  type Device,
  FlowInterpolator,
  InputError,
  type Model,
  NetworkInterpolator,
  NORMALIZATIONS,
  phrase,
  readModel,
} from "../core.ts";
import type { Fid } from "../evaluation/fid.ts";
import type { SliceBlock } from "../evaluation/held_out.ts";
import {
  fidTable,
  LEGEND,
  reliabilityTable,
  scoresCsv,
  stackTable,
  summaryTable,
} from "../evaluation/report.ts";
import { gain, summarize } from "../evaluation/summary.ts";
import { expandInputs, readWhole, writeWhole } from "../files/local_files.ts";
import { comparedStack } from "./compared_stacks.ts";
import { openTunedDevice } from "./devices.ts";
import {
  type EvaluatedFile,
  evaluateFile,
  type Evaluator,
  picturePath,
  type StackFlags,
} from "./evaluate_stack.ts";
import { writeReport } from "./evaluation_report.ts";
import { memory, type PrecisionFlags, precisionOption, range, wholeNumber } from "./flags.ts";
import { openInception } from "./inception.ts";
import { interruption, say } from "./terminal.ts";

interface Flags extends StackFlags, PrecisionFlags {
  readonly model: string;
  readonly flow: boolean;
  readonly csv?: string;
  readonly fid?: boolean;
  readonly inception?: string;
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
    .option("--report <file.html>", "one page with pictures, tables and how it was made")
    .option("--fid", "Fréchet Inception Distances of the slices, over all stacks")
    .option("--inception <file>", "for it: Inception-v3's weights by torchvision or pytorch-fid")
    .option("--adapter <which>", "index or name, as `zaugnet adapters` lists them")
    .option("--memory <size>", "device memory that may be used, such as 4G", memory)
    .addOption(precisionOption())
    .option("--json", "the scores as JSON on standard output; null where one is not finite")
    .action(run);
}

async function run(stacks: string[], flags: Flags): Promise<void> {
  const inputs = await expandInputs(stacks);
  if (inputs.length > 1 && flags.compare.length > 0) {
    throw new InputError(`--compare scores against one stack; ${inputs.length} were given.`);
  }
  if (flags.report && !/\.html?$/i.test(flags.report)) {
    throw new InputError(`Reports are written as HTML: ${flags.report} must end in .html.`);
  }
  const bytes = await readWhole(flags.model);
  const model = readModel(bytes, basename(flags.model));
  for (const note of model.notes) say(`Note: ${note}`);
  const { device, way } = await openTunedDevice(flags);
  const inception = await openInception(flags, device.adapter).catch((error) => {
    device.close();
    throw error;
  });
  const { signal, release } = interruption();
  try {
    const evaluator: Evaluator = {
      ...{ name: nameOf(model), signal },
      network: new NetworkInterpolator(device, model, way.precision),
      rivals: flags.flow ? { flow: new FlowInterpolator(device) } : {},
      fid: inception?.collector,
    };
    const files: EvaluatedFile[] = [];
    for (const input of inputs) {
      try {
        const picture = picturePath(input, inputs.length, flags.picture);
        files.push(await evaluateFile(input, evaluator, { ...flags, picture }));
      } catch (error) {
        if (inputs.length === 1 || !(error instanceof InputError)) throw error;
        say(phrase`${input}: ${error.said}`);
        Deno.exitCode = 2;
      }
    }
    if (files.length === 0) return;
    const fid = inception?.result();
    const evaluations = files.map(({ evaluation }) => evaluation);
    if (flags.csv) await writeWhole(flags.csv, new TextEncoder().encode(scoresCsv(evaluations)));
    if (flags.report) {
      const { precision } = way;
      const made = {
        device,
        precision,
        model,
        modelBytes: bytes,
        fid,
        inception: inception?.facts,
      };
      await writeReport(flags.report, files, evaluator.name, flags, made);
    }
    print(files, fid, model, { device, made: way.made }, flags);
  } finally {
    release();
    inception?.close();
    device.close();
  }
}

function nameOf({ variant }: Model): string {
  return variant === "zaugnet+" ? "ZAugNet+" : "ZAugNet";
}

function print(
  files: readonly EvaluatedFile[],
  fid: Fid | undefined,
  model: Model,
  { device: { adapter: { name, type } }, made }: { device: Device; made: object },
  { json, model: modelFile }: Flags,
): void {
  const evaluations = files.map(({ evaluation }) => evaluation);
  if (json) {
    const facts = {
      adapter: { name, type },
      ...{ model: basename(modelFile), variant: model.variant, ...made },
      stacks: evaluations.map((evaluation) => ({ ...evaluation, gain: gain(evaluation) })),
      ...(evaluations.length > 1 ? { summary: summarize(evaluations) } : {}),
      ...(fid ? { fid } : {}),
    };
    return console.log(JSON.stringify(facts, null, 1));
  }
  const network = nameOf(model);
  for (const evaluation of evaluations) {
    console.log(`${stackTable(evaluation, network)}\n`);
    if (evaluation.reliability) console.log(`${reliabilityTable(evaluation.reliability)}\n`);
  }
  if (evaluations.length > 1) {
    console.log(`${summaryTable(evaluations, network)}\n`);
  }
  if (fid) console.log(`${fidTable(fid, network)}\n`);
  console.log(LEGEND);
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
