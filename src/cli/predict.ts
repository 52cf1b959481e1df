import { Command } from "commander";
import { basename, dirname } from "node:path";
import { InputError, readModel, writeModel } from "../core.ts";
import { openPredictor } from "./devices.ts";
import { protectInputs, refuseInput } from "../files/inputs.ts";
import { expandInputs } from "../files/stack_inputs.ts";
import { readWhole } from "../files/local_files.ts";
import { PREDICT, type PredictionWish } from "../options/predict.ts";
import type { OptionsOf } from "../options/table.ts";
import { chosenModel } from "./chosen_model.ts";
import { defaultOutputs, withoutOwnOutputs } from "./default_outputs.ts";
import { addFlags } from "./flags.ts";
import { outputPaths } from "./outputs.ts";
import { readPositions } from "../files/read_positions.ts";
import { type BatchResult, methodBatch, networkBatch, predictAll } from "./predict_batch.ts";
import { provenanceOf } from "../files/provenance.ts";
import { predictRemotely } from "./remote.ts";
import { interruption, say } from "./terminal.ts";
import { itemsOf } from "../files/shard.ts";
import { predictPart } from "./predict_part.ts";
import deno from "../../deno.json" with { type: "json" };
import type { StackPath } from "../files/stack_path.ts";
import { shardOf } from "./shard_flag.ts";
import { StartUp } from "./start_up.ts";

type Flags = OptionsOf<typeof PREDICT>;

export function predictCommand(): Command {
  const command = new Command("predict")
    .summary("predict the missing slices of a stack")
    .description(
      "Predicts the slices between those of a stack (TIFF, ImageJ hyperstack or OME-TIFF). " +
        "The output keeps sample type, size, channels, frames and voxel size; the original " +
        "slices pass through bit for bit.",
    )
    .argument("<stack...>", "stacks, folders of stacks or patterns");
  return addFlags(command, PREDICT).action(run);
}

async function run(stacks: string[], { shard: choice, ...given }: Flags): Promise<void> {
  const startUp = new StartUp();
  startUp.end("program");
  const flags = { ...given, shard: choice && shardOf(choice) };
  const { output, server, method } = flags;
  await protectInputs([flags.positions, flags.tokenFile]);
  const { all, outputs } = await filesOf(stacks, given);
  if (flags.shard) requireFolder(all, outputs, output);
  const parts = all.length === 1 ? flags.shard : undefined;
  if (parts && flags.dryRun) {
    throw new InputError("--dry-run is of whole stacks: leave out --shard.");
  }
  const inputs = flags.shard && !parts ? itemsOf(all, flags.shard) : all;
  const options = await wishOf(given);
  if (method !== undefined) {
    const { signal, release } = interruption();
    try {
      const job = { method, options, provenance: { version: deno.version }, signal };
      return exitWith(await predictAll(inputs, outputs, methodBatch(job, startUp), flags, startUp));
    } finally {
      release();
    }
  }
  const path = await chosenModel(given.model, inputs, options);
  await protectInputs([path]);
  for (const one of outputs) await refuseInput(one);
  if (server !== undefined) {
    return await predictRemotely({ ...given, model: path, server, inputs, outputs, options });
  }
  const bytes = await readWhole(path);
  const model = readModel(bytes, basename(path), { weights: flags.weights });
  for (const note of model.notes) say(`Note: ${note}`);
  startUp.end("model");
  // Who opens the model again, such as another card's worker, is to find the same weights.
  const chosen = flags.weights === undefined ? bytes : writeModel(model);
  const file = { bytes: chosen, name: basename(path) };
  const { predictor, made, close } = await openPredictor(flags, file, model);
  startUp.end("adapter");
  const { signal, release } = interruption();
  try {
    const job = {
      provenance: {
        ...await provenanceOf(path, bytes, model),
        ...flags.weights === undefined ? {} : { weights: flags.weights },
        ...made,
      },
      network: predictor,
      options,
      hostMemory: flags.hostMemory ?? Deno.systemMemoryInfo().total,
      signal,
    };
    if (parts) return await predictPart(inputs[0], dirname(outputs[0]), parts, job, flags);
    const own = outputs.filter((_, i) => inputs.includes(all[i]));
    const batch = networkBatch(job, flags, startUp);
    exitWith(await predictAll(inputs, own, batch, flags, startUp));
  } finally {
    release();
    await close();
  }
}

function exitWith(results: readonly BatchResult[]): void {
  const codes = results.map((result) => "code" in result ? result.code : 0);
  Deno.exitCode = codes.includes(1) ? 1 : Math.max(0, ...codes);
}

/** The stacks that are named, and where the output of each goes. */
async function filesOf(
  stacks: readonly string[],
  { output, uncertainty, sequence }: Pick<Flags, "output" | "uncertainty" | "sequence">,
) {
  const found = await expandInputs(stacks, sequence);
  if (output !== undefined) {
    return { all: found, outputs: await outputPaths(found, output, uncertainty) };
  }
  const all = await withoutOwnOutputs(found);
  return { all, outputs: await defaultOutputs(stacks, all, uncertainty) };
}

/** Parts of a stack, or some of several stacks, are files of a folder. */
function requireFolder(
  inputs: readonly StackPath[],
  outputs: readonly string[],
  output: string | undefined,
): void {
  if (inputs.length > 1 || output !== undefined && outputs[0] !== output) return;
  throw new InputError(
    `--shard writes parts into a folder: end --output ${output ?? "FOLDER"} in "/".`,
  );
}

/** What is asked of the prediction, the positions read. */
async function wishOf({ positions, ...flags }: Flags): Promise<PredictionWish> {
  const targets = [flags.factor, flags.dpm, flags.spacing].filter((value) => value !== undefined);
  if (targets.length > 1) {
    throw new InputError("Give one of --factor, --dpm and --spacing, not more.");
  }
  return positions === undefined ? flags : { ...flags, positions: await readPositions(positions) };
}
