import { Command } from "commander";
import { basename } from "node:path";
import { encodePng, InputError, NetworkInterpolator, readModel, withoutAlpha } from "../core.ts";
import { checkOf } from "../evaluation/check.ts";
import { type EvaluatedSlice, evaluateStack } from "../evaluation/evaluate.ts";
import { holdOut } from "../evaluation/held_out.ts";
import { EvaluationPicture } from "../evaluation/picture.ts";
import { checkTable } from "../evaluation/score_tables.ts";
import { readWhole, writeWhole } from "../files/local_files.ts";
import { modelPath } from "../files/named_models.ts";
import { expandInput } from "../files/stack_inputs.ts";
import { openStackPath, pathOf } from "../files/stack_path.ts";
import { CHECK } from "../options/evaluate.ts";
import { readingOf } from "../options/stack_input.ts";
import type { OptionsOf } from "../options/table.ts";
import { openTunedDevice } from "./devices.ts";
import { addFlags } from "./flags.ts";
import { interruption, ProgressDisplay, say } from "./terminal.ts";

type Flags = OptionsOf<typeof CHECK>;

/** How `zaugnet predict` is asked for what is compared. */
const ASKED: Readonly<Record<string, string>> = {
  linear: "--method linear",
  cubic: "--method cubic",
  adaptive: "--method adaptive",
  bands: "--method bands",
  calibrated: "--model",
  network: "--model --calibration off",
};

export function checkCommand(): Command {
  const command = new Command("check")
    .summary("say what predicts a stack of yours best")
    .description(
      "Drops every second slice of a stack, predicts it in every way that there is, and says\n" +
        "which comes closest. Gaps are twice as wide as those that predict fills.",
    )
    .argument("<stack>", "a stack of three slices or more");
  return addFlags(command, CHECK).action(run);
}

async function run(input: string, flags: Flags): Promise<void> {
  const { picture } = flags;
  if (picture && !/\.png$/i.test(picture)) {
    throw new InputError(`Pictures are written as PNG only: ${picture} must end in .png.`);
  }
  const { network, close } = await openNetwork(flags);
  const { signal, release } = interruption();
  try {
    await check(input, network, flags, signal);
  } finally {
    release();
    close();
  }
}

/** The network on its device, where a model is named. */
async function openNetwork({ model: named, ...flags }: Flags) {
  if (named === undefined) return { network: undefined, close: () => {} };
  const path = await modelPath(named);
  const model = readModel(await readWhole(path), basename(path));
  for (const note of model.notes) say(`Note: ${note}`);
  const { device, setup } = await openTunedDevice(flags);
  const network = new NetworkInterpolator(device, model, setup.precision);
  return { network, close: () => device.close() };
}

async function check(
  input: string,
  network: NetworkInterpolator | undefined,
  { normalization, per, range, picture: path, json, ...flags }: Flags,
  signal: AbortSignal,
): Promise<void> {
  const files = await expandInput(input, flags.sequence);
  const stack = await openStackPath(files, { ...readingOf(flags), signal });
  const display = new ProgressDisplay(basename(pathOf(files)));
  try {
    const reader = withoutAlpha(stack.reader);
    const held = holdOut(reader, 2);
    const pictures = new Map<string, EvaluationPicture>();
    const kept: EvaluatedSlice[] = [];
    const evaluation = await evaluateStack(reader, network, {
      signal,
      normalization: { normalization, per, range },
      batchSize: network?.device.adapter.type === "software" ? 1 : undefined,
      onProgress: (progress) => display.show(progress),
      onSlice(slice) {
        if (!path) return;
        if (pictures.size === 0 && slice.kept) return void kept.push(slice);
        for (const method of Object.keys(slice.made)) {
          if (pictures.has(method)) continue;
          const picture = new EvaluationPicture(reader.info, held);
          kept.forEach((before) => picture.add(before));
          pictures.set(method, picture);
        }
        for (const [method, picture] of pictures) {
          picture.add(slice.kept ? slice : { ...slice, predicted: slice.made[method] });
        }
      },
    });
    display.end();
    for (const note of [...reader.info.notes, ...evaluation.notes]) say(`Note: ${note}`);
    const result = checkOf(evaluation);
    const [{ method }] = result.methods;
    if (path) await writeWhole(path, encodePng(pictures.get(method)!.draw()));
    console.log(json ? JSON.stringify(result, null, 1) : checkTable(result, ASKED));
  } finally {
    display.end();
    stack.close();
  }
}
