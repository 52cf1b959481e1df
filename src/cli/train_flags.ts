import { InputError, type Model } from "../core.ts";
import { expandInputs } from "../files/stack_inputs.ts";
import { readingOf } from "../options/stack_input.ts";
import { newConfig, type WantedRun } from "../runs/train_options.ts";
import type { OptionsOf } from "../options/table.ts";
import type { TRAIN } from "../options/train.ts";
import { say } from "./terminal.ts";

/** The flags of `zaugnet train`. */
export type TrainFlags = OptionsOf<typeof TRAIN>;

/** The settings of a new run, with its stacks found. */
export async function configOf(
  stacks: readonly string[],
  flags: TrainFlags,
  init?: Model,
): Promise<WantedRun> {
  const inputs = await expandInputs(stacks, flags.sequence);
  const validation = await validationOf(flags, inputs.length);
  const { positions } = flags;
  const files = {
    stacks: inputs,
    reading: readingOf(flags),
    validation,
    positions,
    init: flags.init,
  };
  return newConfig(files, flags, init, say);
}

async function validationOf(
  { validation: given, sequence }: TrainFlags,
  stacks: number,
): Promise<WantedRun["validation"]> {
  if (given === "none") return [];
  if (given === "blocks") return given;
  if (given === "stacks") {
    if (stacks > 1) return given;
    throw new InputError("--validation stacks needs at least two stacks; take blocks.");
  }
  if (given === undefined) return stacks > 1 ? "stacks" : "blocks";
  return await expandInputs(given.split(",").map((path) => path.trim()).filter(Boolean), sequence);
}
