import { InputError, type Model } from "../core.ts";
import { expandInputs } from "../files/local_files.ts";
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
  const inputs = await expandInputs(stacks);
  const validation = await validationOf(flags.validation, inputs.length);
  const { positions } = flags;
  return newConfig({ stacks: inputs, validation, positions, init: flags.init }, flags, init, say);
}

async function validationOf(given: string | undefined, stacks: number) {
  if (given === "none") return [];
  if (given === "blocks") return given;
  if (given === "stacks") {
    if (stacks > 1) return given;
    throw new InputError("--validation stacks needs at least two stacks; take blocks.");
  }
  if (given === undefined) return stacks > 1 ? "stacks" : "blocks";
  return await expandInputs(given.split(",").map((path) => path.trim()).filter(Boolean));
}
