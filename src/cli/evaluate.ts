import { Command } from "commander";
import { basename } from "node:path";
import {
  type Device,
  FlowInterpolator,
  InputError,
  type Model,
  NetworkInterpolator,
  phrase,
  readModel,
} from "../core.ts";
import type { Fid } from "../evaluation/fid.ts";
import {
  fidTable,
  LEGEND,
  reliabilityTable,
  scoresCsv,
  stackTable,
  summaryTable,
} from "../evaluation/score_tables.ts";
import { gain, summarize } from "../evaluation/mean_scores.ts";
import { expandInputs } from "../files/stack_inputs.ts";
import { pathOf } from "../files/stack_path.ts";
import { readWhole, writeWhole } from "../files/local_files.ts";
import { readingOf } from "../options/stack_input.ts";
import { chosenModel } from "./chosen_model.ts";
import { EVALUATE } from "../options/evaluate.ts";
import { openTunedDevice } from "./devices.ts";
import {
  type EvaluatedFile,
  evaluateFile,
  type EvaluateFlags,
  type Evaluator,
  picturePath,
} from "./evaluate_stack.ts";
import { writeReport } from "./evaluation_report.ts";
import { addFlags } from "./flags.ts";
import { openInception } from "./inception.ts";
import { interruption, say } from "./terminal.ts";

export function evaluateCommand(): Command {
  const command = new Command("evaluate")
    .summary("score a model on slices that it has not seen")
    .description(
      "Drops slices of stacks, predicts them from those kept, and scores the generated ones\n" +
        "beside nearest, linear and cubic interpolation, and interpolation along optical flow.\n" +
        "Nothing is rounded before it is scored.",
    )
    .argument("<stack...>", "stacks, folders of stacks or patterns");
  return addFlags(command, EVALUATE).action(run);
}

async function run(stacks: string[], flags: EvaluateFlags): Promise<void> {
  const inputs = await expandInputs(stacks, flags.sequence);
  if (inputs.length > 1 && flags.compare.length > 0) {
    throw new InputError(`--compare scores against one stack; ${inputs.length} were given.`);
  }
  if (flags.report && !/\.html?$/i.test(flags.report)) {
    throw new InputError(`Reports are written as HTML: ${flags.report} must end in .html.`);
  }
  // Of every n-th slice, those between are predicted.
  const path = await chosenModel(flags.model, inputs, {
    ...readingOf(flags),
    factor: flags.factor,
  });
  const bytes = await readWhole(path);
  const model = readModel(bytes, basename(path));
  for (const note of model.notes) say(`Note: ${note}`);
  const { device, setup } = await openTunedDevice(flags);
  const inception = await openInception(flags, device.adapter).catch((error) => {
    device.close();
    throw error;
  });
  const { signal, release } = interruption();
  try {
    const evaluator: Evaluator = {
      name: nameOf(model),
      signal,
      network: new NetworkInterpolator(device, model, setup.precision),
      rivals: flags.flow ? { flow: new FlowInterpolator(device) } : {},
      fid: inception?.collector,
    };
    const files: EvaluatedFile[] = [];
    for (const input of inputs) {
      try {
        const picture = picturePath(pathOf(input), inputs.length, flags.picture);
        files.push(await evaluateFile(input, evaluator, { ...flags, picture }));
      } catch (error) {
        if (inputs.length === 1 || !(error instanceof InputError)) throw error;
        say(phrase`${pathOf(input)}: ${error.said}`);
        Deno.exitCode = 2;
      }
    }
    if (files.length === 0) return;
    const fid = inception?.result();
    const evaluations = files.map(({ evaluation }) => evaluation);
    if (flags.csv) await writeWhole(flags.csv, new TextEncoder().encode(scoresCsv(evaluations)));
    if (flags.report) {
      const { precision } = setup;
      const made = {
        device,
        precision,
        model,
        modelBytes: bytes,
        fid,
        inception: inception?.facts,
      };
      await writeReport(flags.report, files, evaluator.name, { ...flags, model: path }, made);
    }
    print(files, fid, model, { device, made: setup.made }, { ...flags, model: path });
  } finally {
    release();
    inception?.close();
    device.close();
  }
}

/** An evaluation as JSON tells it: slices, channels and frames count from 1. */
function counted(evaluation: EvaluatedFile["evaluation"]) {
  const { first, last, slices } = evaluation;
  return {
    ...evaluation,
    first: first + 1,
    last: last + 1,
    slices: slices.map(({ t, c, z, ...score }) => ({ t: t + 1, c: c + 1, z: z + 1, ...score })),
    gain: gain(evaluation),
  };
}

function nameOf({ variant }: Model): string {
  return variant === "zaugnet+" ? "ZAugNet+" : "ZAugNet";
}

function print(
  files: readonly EvaluatedFile[],
  fid: Fid | undefined,
  model: Model,
  { device: { adapter: { name, type } }, made }: { device: Device; made: object },
  { json, model: modelFile }: EvaluateFlags & { readonly model: string },
): void {
  const evaluations = files.map(({ evaluation }) => evaluation);
  if (json) {
    const facts = {
      adapter: { name, type },
      model: basename(modelFile),
      variant: model.variant,
      ...made,
      stacks: evaluations.map(counted),
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
