import { type Command, Command as Program } from "commander";
import { FLEET, MEMORY } from "../options/machine.ts";
import { kebabCase } from "../core.ts";
import { LIMITS, TRAIN } from "../options/train.ts";
import { addFlags } from "./flags.ts";
import type { TrainFlags } from "./train_flags.ts";
import { resumeRun, startRun } from "./run_training.ts";

/** Flags that may be given with --resume; all else is in the run's config.json. */
const WITH_RESUME = ["resume", ...Object.keys({ ...LIMITS, ...FLEET, ...MEMORY }), "json"];

export function trainCommand(): Command {
  const command = new Program("train")
    .summary("train a network on stacks of your own")
    .description(
      "Trains ZAugNet or ZAugNet+ on stacks (TIFF) without labels: it learns to predict slices\n" +
        "that the stacks have. The result is a folder with the model, checkpoints to go on\n" +
        "from, metrics, curves and pictures. Ctrl-C saves and says how to go on.",
    )
    .argument("[stack...]", "stacks, folders of stacks or patterns");
  return addFlags(command, TRAIN).action(run);
}

async function run(stacks: string[], flags: TrainFlags, command: Command): Promise<void> {
  const { resume } = flags;
  if (resume === undefined) return await startRun(stacks, flags);
  const given = Object.keys(flags).filter((name) => command.getOptionValueSource(name) === "cli");
  const wrong = given.filter((name) => !WITH_RESUME.includes(name));
  await resumeRun(resume, flags, [
    ...stacks.length > 0 ? ["stacks"] : [],
    ...wrong.map((name) => `--${kebabCase(name)}`),
  ]);
}
