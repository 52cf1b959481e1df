import { Command, Option } from "commander";
import { basename } from "node:path";
import {
  DEFAULT_MEMORY_LIMIT,
  DEFAULT_OVERLAP,
  InputError,
  type Normalization,
  NORMALIZATIONS,
  type PredictionOptions,
  readModel,
  SOFTWARE_MEMORY_LIMIT,
} from "../core.ts";
import { type FleetFlags, openPredictor, withFleetFlags } from "./devices.ts";
import { expandInputs, readWhole } from "../files/local_files.ts";
import {
  memory,
  numberList,
  type PrecisionFlags,
  precisionOption,
  range,
  repair,
  spacing,
  wholeNumber,
} from "./flags.ts";
import { outputPaths } from "./outputs.ts";
import { readPositions } from "../files/positions.ts";
import { type BatchFlags, predictAll } from "./predict_batch.ts";
import { provenanceOf } from "../files/provenance.ts";
import { formatBytes } from "../files/quantities.ts";
import { predictRemotely } from "./remote.ts";
import { interruption, say } from "./terminal.ts";
import type { RepairChoice } from "../files/predict_file.ts";
import { itemsOf, type Shard } from "../files/shard.ts";
import { predictPart } from "./predict_part.ts";
import { shard } from "./shard_flag.ts";
import { StartUp } from "./start_up.ts";

interface Flags extends BatchFlags, FleetFlags, PrecisionFlags {
  readonly model?: string;
  readonly output?: string;
  readonly factor?: number;
  readonly dpm?: number[];
  readonly spacing?: number | "isotropic";
  readonly positions?: string;
  readonly normalization?: Normalization;
  readonly range?: [number, number];
  readonly tile?: number;
  readonly overlap?: number;
  readonly batchSize?: number;
  readonly shard?: Shard;
  readonly server?: string;
  readonly tokenFile?: string;
  readonly repair?: RepairChoice;
  readonly uncertainty?: boolean;
}

/** Flags that concern this machine. */
const LOCAL = [
  ...["adapter", "adapters", "memory", "precision", "resume", "dryRun", "shard", "profile"],
];

const MEMORY = [DEFAULT_MEMORY_LIMIT, SOFTWARE_MEMORY_LIMIT].map(formatBytes);

export function predictCommand(): Command {
  const command = new Command("predict")
    .summary("predict the missing slices of a stack")
    .description(
      "Predicts the slices between those of a stack (TIFF, ImageJ hyperstack or OME-TIFF). " +
        "The output keeps sample type, size, channels, frames and voxel size; the original " +
        "slices pass through bit for bit.",
    )
    .argument("<stack...>", "stacks, folders of stacks or patterns")
    .option("-m, --model <file>", "ZAugNet checkpoint: .pt or .safetensors (required)")
    .option("-o, --output <path>", "a .tif (ImageJ), an .ome.tif (OME), or a folder (required)")
    .optionsGroup("Which slices (one of --factor, --dpm and --spacing):")
    .option(
      "-f, --factor <n>",
      "parts of each gap: 2, 4, 8, …; ZAugNet+: any (default: 2)",
      wholeNumber,
    )
    .option("--dpm <list>", "ZAugNet+: relative distances in each gap: 0.25,0.5,0.8", numberList)
    .option("--spacing <z>", 'a z step in the stack\'s unit, or "isotropic"', spacing)
    .option("--positions <file>", "z of each slice, for stacks with uneven steps")
    .addOption(
      new Option("--repair <slices>", 'fill damaged slices instead: 3,7-9 (from 0), or "auto"')
        .argParser(repair)
        .conflicts(["factor", "dpm", "spacing", "positions", "resume", "shard", "uncertainty"]),
    )
    .addOption(
      new Option(
        "--uncertainty",
        "mean of 8 predictions (8 times the work); also OUTPUT-spread.tif",
      )
        .conflicts(["shard"]),
    )
    .optionsGroup("Intensities (the range that the network sees as 0..1):")
    .addOption(
      new Option("--normalization <kind>", "default: dtype for 8 bit, stack for all else")
        .choices(NORMALIZATIONS).conflicts("range"),
    )
    .option("--range <lo,hi>", "that range itself", range)
    .optionsGroup("Machine:");
  return withFleetFlags(command)
    .option(
      "--memory <size>",
      `device memory that may be used, such as 4G (default: ${MEMORY[0]}, in software ${
        MEMORY[1]
      })`,
      memory,
    )
    .addOption(precisionOption())
    .option("--tile <n>", "side of tiles, a multiple of 16 (default: by the memory)", wholeNumber)
    .option(
      "--overlap <n>",
      `pixels that tiles share, likewise (default: ${DEFAULT_OVERLAP})`,
      wholeNumber,
    )
    .option("--batch-size <n>", "tiles in one pass (default: by the memory)", wholeNumber)
    .optionsGroup("Server (see docs/api.md):")
    .addOption(
      new Option("--server <url>", "predict there, with nothing of this machine").conflicts(LOCAL),
    )
    .option("--token-file <file>", "a file with the server's token")
    .optionsGroup("Run:")
    .option("--resume", "skip stacks whose output is whole and was made in the same way")
    .option("--shard <i/n>", "the i-th of n parts (from 0) of the stacks, or of one stack", shard)
    .option("--dry-run", "say what would be done, with memory and time")
    .option("--profile <file>", "a timeline of the device, for Perfetto or chrome://tracing")
    .option("--json", "a machine-readable summary on standard output")
    .action(run);
}

async function run(stacks: string[], flags: Flags): Promise<void> {
  const startUp = new StartUp();
  startUp.end("program");
  const modelPath = flags.model ?? missing("Name a ZAugNet checkpoint with --model FILE.");
  const output = flags.output ?? missing("Say where to write with --output FILE or FOLDER.");
  const all = await expandInputs(stacks);
  const outputs = await outputPaths(all, output, flags.uncertainty);
  if (flags.shard) requireFolder(all, outputs, output);
  const parts = all.length === 1 ? flags.shard : undefined;
  if (parts && flags.dryRun) {
    throw new InputError("--dry-run is of whole stacks: leave out --shard.");
  }
  const inputs = flags.shard && !parts ? itemsOf(all, flags.shard) : all;
  const options = await predictionOptions(flags);
  const normalization = { normalization: flags.normalization, range: flags.range };
  const { server, tokenFile, json } = flags;
  if (server !== undefined) {
    const places = { server, tokenFile, model: modelPath, inputs, outputs };
    const { repair, uncertainty } = flags;
    const wish = { options, normalization, repair, uncertainty };
    return await predictRemotely({ ...places, ...wish, json });
  }
  const bytes = await readWhole(modelPath);
  const model = readModel(bytes, basename(modelPath));
  for (const note of model.notes) say(`Note: ${note}`);
  startUp.end("model");
  const file = { bytes, name: basename(modelPath) };
  const { predictor, made, close } = await openPredictor(flags, file, model);
  startUp.end("adapter");
  const { signal, release } = interruption();
  try {
    const job = {
      provenance: { ...await provenanceOf(modelPath, bytes, model), ...made },
      network: predictor,
      options,
      normalization,
      ...{ repair: flags.repair, uncertainty: flags.uncertainty, signal },
    };
    if (parts) return await predictPart(inputs[0], output, parts, job, flags);
    const own = outputs.filter((_, i) => inputs.includes(all[i]));
    const results = await predictAll(inputs, own, job, flags, startUp);
    const codes = results.map((result) => "code" in result ? result.code : 0);
    Deno.exitCode = codes.includes(1) ? 1 : Math.max(0, ...codes);
  } finally {
    release();
    await close();
  }
}

/** Parts of a stack, or some of several stacks, are files of a folder. */
function requireFolder(
  inputs: readonly string[],
  outputs: readonly string[],
  output: string,
): void {
  if (inputs.length > 1 || outputs[0] !== output) return;
  throw new InputError(`--shard writes parts into a folder: end --output ${output} in "/".`);
}

function missing(message: string): never {
  throw new InputError(message);
}

async function predictionOptions(flags: Flags): Promise<PredictionOptions> {
  const { factor, dpm, tile, overlap, batchSize } = flags;
  const target = { factor, dpm, spacing: flags.spacing };
  const chosen = Object.values(target).filter((value) => value !== undefined).length;
  if (chosen > 1) throw new InputError("Give one of --factor, --dpm and --spacing, not more.");
  const positions = flags.positions === undefined ? {} : {
    positions: await readPositions(flags.positions),
  };
  return { ...target, ...positions, tile, overlap, batchSize };
}
