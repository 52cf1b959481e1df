import { type Command, Command as Program, Option } from "commander";
import { AUGMENTATIONS, DEFAULT_SETTINGS, NORMALIZATIONS } from "../core.ts";
import { augmentations, memory, nonNegative, positive, seed, wholeNumber } from "./flags.ts";
import { withFleetFlags } from "./devices.ts";
import type { TrainFlags } from "./train_flags.ts";
import { resumeRun, startRun } from "./train_run.ts";

const DEFAULTS = DEFAULT_SETTINGS;
/** Flags that may be given with --resume; all else is in the run's config.json. */
const OF_RESUMED = ["resume", "epochs", "maxSteps", "maxMinutes", "earlyStop", "validateEvery"];
const OF_MACHINE = ["adapter", "adapters", "workersPerAdapter", "memory", "json"];

export function trainCommand(): Command {
  const command = new Program("train")
    .summary("train a network on stacks of your own")
    .description(
      "Trains ZAugNet or ZAugNet+ on stacks (TIFF) without labels: it learns to predict slices\n" +
        "that the stacks have. What comes of it is a folder with the model, checkpoints to go on\n" +
        "from, metrics, curves and pictures. Ctrl-C saves and says how to go on.",
    )
    .argument("[stack...]", "stacks, folders of stacks or patterns")
    .option("-o, --output <folder>", "where the run goes (required, unless --resume)")
    .option("--resume <folder>", "go on with a run, bit for bit; with limits only")
    .optionsGroup("Network:")
    .addOption(
      new Option("--variant <kind>", "default: zaugnet, or that of --init")
        .choices(["zaugnet", "zaugnet+"]),
    )
    .option("--init <file>", "start from a model: .pt or .safetensors")
    .optionsGroup("How long (default: 100 epochs):")
    .option("--epochs <n>", "times that each triplet of slices is seen", wholeNumber)
    .option(
      "--max-steps <n>",
      "steps of the whole run, those before --resume included",
      wholeNumber,
    )
    .option("--max-minutes <n>", "minutes from now", positive)
    .option("--early-stop <n>", "end after n epochs without a better validation", wholeNumber)
    .option("--validate-every <n>", "validate and save each n-th epoch (default: 1)", wholeNumber)
    .optionsGroup("Steps:")
    .option("--batch-size <n>", "patches in a step", wholeNumber, DEFAULTS.batchSize)
    .option("--micro-batch <n>", "patches at once (default: by the memory)", wholeNumber)
    .option("--patch-size <n>", "side of patches, a multiple of 16", wholeNumber, 256)
    .option("--learning-rate <x>", "of Adam", positive, DEFAULTS.learningRate)
    .option("--lambda-adv <x>", "weight of the critic; 0: none (default: 0.001)", nonNegative)
    .option("--lambda-gp <x>", "weight of its gradient penalty", nonNegative, DEFAULTS.lambdaGp)
    .option("--n-critic <n>", "critic steps per generator step", wholeNumber, DEFAULTS.criticSteps)
    .option("--clip-norm <x>", "longest gradient; 0: any", nonNegative, DEFAULTS.clipNorm)
    .addOption(
      new Option("--pixel-loss <kind>", "paper leaves the mean brightness out")
        .choices(["paper", "full"]).default(DEFAULTS.pixelLoss),
    )
    .option("--seed <n>", "equal seeds make equal runs", seed, DEFAULTS.seed)
    .optionsGroup("Data:")
    .option("--max-span <n>", "ZAugNet+: slices between those seen, at most", wholeNumber, 7)
    .option("--positions <file>", "z of each slice, for a stack with uneven steps")
    .option("--skip-uncorrelated", "leave out neighbours that hardly correlate")
    .option(
      "--without <list>",
      `augmentations to leave out: ${AUGMENTATIONS.join(",")}`,
      augmentations,
    )
    .option("--validation <what>", "stacks, blocks, none, or files with commas between them")
    .addOption(
      new Option("--normalization <kind>", "default: dtype for 8 bit, stack for all else")
        .choices(NORMALIZATIONS),
    )
    .optionsGroup("Run:")
    .option("--checkpoint-minutes <n>", "save after so many, and each validation", positive, 10)
    .option("--checkpoint-steps <n>", "save after so many steps, too", wholeNumber)
    .option("--keep-checkpoints <n>", "checkpoints to keep", wholeNumber, 2);
  return withFleetFlags(command)
    .option("--memory <size>", "device memory that may be used (default: 2G; 8G on a CPU)", memory)
    .option("--json", "a machine-readable summary on standard output")
    .action(run);
}

async function run(stacks: string[], flags: TrainFlags, command: Command): Promise<void> {
  const { resume } = flags;
  if (resume === undefined) return await startRun(stacks, flags);
  const given = Object.keys(flags).filter((name) => command.getOptionValueSource(name) === "cli");
  const wrong = given.filter((name) => ![...OF_RESUMED, ...OF_MACHINE].includes(name));
  await resumeRun(resume, flags, [...stacks.length > 0 ? ["stacks"] : [], ...wrong.map(flagOf)]);
}

/** "learningRate" is "--learning-rate". */
function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
