import { Command, Option } from "commander";
import { basename, join, resolve } from "node:path";
import {
  type Device,
  InputError,
  NetworkInterpolator,
  type Normalization,
  type NormalizationOptions,
  NORMALIZATIONS,
  type PredictionOptions,
  readModel,
} from "../../mod.ts";
import { openDevice } from "./devices.ts";
import { expandInputs, isFolder, readWhole } from "./files.ts";
import { memory, numberList, range, spacing, wholeNumber } from "./flags.ts";
import {
  estimateFile,
  predictFile,
  type PredictionJob,
  type PredictionReport,
  wholeOutput,
} from "./predict_file.ts";
import { formatBytes, formatSeconds, InterruptedError, interruption, say } from "./terminal.ts";

interface Flags {
  readonly model: string;
  readonly output: string;
  readonly factor?: number;
  readonly dpm?: number[];
  readonly spacing?: number | "isotropic";
  readonly positions?: string;
  readonly normalization?: Normalization;
  readonly range?: [number, number];
  readonly tile?: number;
  readonly overlap?: number;
  readonly batchSize?: number;
  readonly adapter?: string;
  readonly memory?: number;
  readonly resume?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Pixels in a batch on a software adapter, so that progress shows and Ctrl-C works soon. */
const SOFTWARE_BATCH_PIXELS = 4 * 256 * 256;

export function predictCommand(): Command {
  return new Command("predict")
    .summary("predict the missing slices of a stack")
    .description(
      "Predicts the slices between those of a stack (TIFF, ImageJ hyperstack or OME-TIFF). The\n" +
        "output keeps sample type, size, channels, frames and voxel size; the original slices\n" +
        "pass through bit for bit.",
    )
    .argument("<stack...>", "stacks, folders of stacks or patterns")
    .requiredOption("-m, --model <file>", "checkpoint: .pt as torch.save writes it, or safetensors")
    .requiredOption("-o, --output <path>", "a .tif (ImageJ), .ome.tif (OME), or a folder")
    .option(
      "-f, --factor <n>",
      "parts that each gap is cut into: 2, 4, 8, …; ZAugNet+: any",
      wholeNumber,
    )
    .option(
      "--dpm <list>",
      "ZAugNet+: relative distances in each gap, such as 0.25,0.5",
      numberList,
    )
    .option("--spacing <z>", "a target z step in the stack's unit, or isotropic", spacing)
    .option("--positions <file>", "z of each slice, for stacks with uneven steps")
    .addOption(
      new Option("--normalization <kind>", "range that the network sees as 0..1")
        .choices(NORMALIZATIONS),
    )
    .option("--range <lo,hi>", "that range, given", range)
    .option("--tile <n>", "side of the tiles of large images, a multiple of 16", wholeNumber)
    .option("--overlap <n>", "pixels that tiles share, a multiple of 16", wholeNumber)
    .option("--batch-size <n>", "tiles in one pass", wholeNumber)
    .option("--adapter <which>", "index or name, as `zaugnet adapters` lists them")
    .option("--memory <size>", "device memory that may be used, such as 4G", memory)
    .option("--resume", "skip stacks whose output is whole")
    .option("--dry-run", "say what would be done, with memory and time")
    .option("--json", "a machine-readable summary on standard output")
    .action(run);
}

async function run(stacks: string[], flags: Flags): Promise<void> {
  const inputs = await expandInputs(stacks);
  const intoFolder = await goesIntoFolder(flags.output, inputs);
  const outputs = inputs.map((input) =>
    intoFolder ? join(flags.output, basename(input)) : flags.output
  );
  refuseClashes(inputs, outputs);
  const options = await predictionOptions(flags);
  const normalization: NormalizationOptions = {
    normalization: flags.normalization,
    range: flags.range,
  };
  const model = readModel(await readWhole(flags.model), basename(flags.model));
  for (const note of model.notes) say(`Note: ${note}`);
  const device = await openDevice(flags);
  const { signal, release } = interruption();
  try {
    const network = new NetworkInterpolator(device, model);
    const modelName = basename(flags.model);
    const job = { model, modelName, network, options, normalization, signal };
    const results = await runAll(inputs, outputs, job, flags);
    summarize(results, device, flags);
    const failures = results.filter((result) => "error" in result);
    if (failures.length > 0) Deno.exitCode = failures.every(({ bad }) => bad) ? 2 : 1;
  } finally {
    release();
    device.close();
  }
}

interface Failure {
  readonly input: string;
  readonly error: string;
  /** True where the input is at fault, false where we are. */
  readonly bad: boolean;
}

async function runAll(
  inputs: readonly string[],
  outputs: readonly string[],
  job: PredictionJob,
  flags: Flags,
): Promise<(PredictionReport | Failure)[]> {
  const results: (PredictionReport | Failure)[] = [];
  for (const [i, input] of inputs.entries()) {
    try {
      results.push(await runOne(input, outputs[i], withBatch(job, flags), flags));
    } catch (error) {
      if (job.signal.aborted) throw new InterruptedError();
      if (inputs.length === 1) throw error;
      const { message } = error as Error;
      say(`${input}: ${message}`);
      results.push({ input, error: message, bad: error instanceof InputError });
    }
  }
  return results;
}

async function runOne(
  input: string,
  output: string,
  job: PredictionJob,
  flags: Flags,
): Promise<PredictionReport> {
  if (flags.dryRun) return (await estimateFile(input, output, job)).report;
  const whole = flags.resume ? await wholeOutput(input, output, job) : undefined;
  return whole ?? await predictFile(input, output, job);
}

/** On a software adapter, small batches where the user does not say otherwise. */
function withBatch(job: PredictionJob, { batchSize, tile }: Flags): PredictionJob {
  const { adapter } = job.network.device;
  if (batchSize !== undefined || adapter.type !== "software") return job;
  const pixels = (tile ?? 256) ** 2;
  const small = Math.max(1, Math.floor(SOFTWARE_BATCH_PIXELS / pixels));
  return { ...job, options: { ...job.options, batchSize: small } };
}

async function goesIntoFolder(output: string, inputs: readonly string[]): Promise<boolean> {
  if (await isFolder(output) || /[/\\]$/.test(output)) return true;
  if (inputs.length > 1 || !/\.tiff?$/i.test(output)) {
    if (/\.tiff?$/i.test(output)) {
      throw new InputError(`${inputs.length} stacks need a folder as --output, not ${output}.`);
    }
    return true;
  }
  return false;
}

function refuseClashes(inputs: readonly string[], outputs: readonly string[]): void {
  const seen = new Map<string, string>();
  const sources = new Set(inputs.map((input) => resolve(input)));
  outputs.forEach((output, i) => {
    const path = resolve(output);
    if (sources.has(path)) {
      throw new InputError(`The output ${output} would replace an input; choose another --output.`);
    }
    const other = seen.get(path);
    if (other) throw new InputError(`${other} and ${inputs[i]} would both become ${output}.`);
    seen.set(path, inputs[i]);
  });
}

async function predictionOptions(flags: Flags): Promise<PredictionOptions> {
  const { factor, dpm, tile, overlap, batchSize } = flags;
  const given = { ...flags.positions ? { positions: await readPositions(flags.positions) } : {} };
  const target = { factor, dpm, spacing: flags.spacing };
  const chosen = Object.values(target).filter((value) => value !== undefined).length;
  if (chosen > 1) throw new InputError("Give one of --factor, --dpm and --spacing, not more.");
  if (chosen === 0) target.factor = 2;
  return { ...target, ...given, tile, overlap, batchSize };
}

async function readPositions(path: string): Promise<number[]> {
  const text = new TextDecoder().decode(await readWhole(path));
  const words = text.split(/[\s,;[\]]+/).filter(Boolean);
  const positions = words.map(Number);
  const wrong = words.find((_, i) => !Number.isFinite(positions[i]));
  if (wrong !== undefined) throw new InputError(`${path}: "${wrong}" is no number.`);
  return positions;
}

function summarize(
  results: readonly (PredictionReport | Failure)[],
  device: Device,
  { json, dryRun }: Flags,
): void {
  const { name, type } = device.adapter;
  if (json) {
    const files = results.map((result) =>
      "error" in result ? { input: result.input, error: result.error } : result
    );
    return console.log(
      JSON.stringify({ adapter: { name, type }, dryRun: !!dryRun, files }, null, 1),
    );
  }
  for (const result of results) {
    if ("error" in result) continue;
    for (const note of result.notes) say(`Note: ${note}`);
    console.log(describe(result, !!dryRun));
  }
  if (results.length > 1) {
    const failed = results.filter((result) => "error" in result).length;
    console.log(`${results.length - failed} stacks done, ${failed} failed.`);
  }
}

function describe(report: PredictionReport, dryRun: boolean): string {
  const { output, skipped, inputSizes, outputSizes, predictedSlices, seconds } = report;
  if (skipped) return `${output} is whole already; nothing was done.`;
  const { x, y, c, t } = outputSizes;
  const size = `${x} x ${y}, ${c} channel${c > 1 ? "s" : ""}, ${t} frame${t > 1 ? "s" : ""}`;
  const slices = `${inputSizes.z} -> ${outputSizes.z} slices`;
  const memory = formatBytes(report.peakDeviceBytes);
  const spent = formatSeconds(seconds);
  if (dryRun) return `${output} would be written: ${slices} (${size}), about ${spent}, ${memory}.`;
  const rate = (predictedSlices / seconds).toPrecision(3);
  return `${output}: ${slices} (${size}) in ${spent}, ${rate} predicted slices/s, ` +
    `${memory} on the device.`;
}
