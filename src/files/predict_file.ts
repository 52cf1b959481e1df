import {
  carriedOver,
  type DamagedSlice,
  fitCompletion,
  InputError,
  lostIn,
  normalizerFor,
  option,
  phrase,
  planEnsemble,
  planPrediction,
  predictEnsemble,
  type PredictionPlan,
  type Predictor,
  predictSlices,
  type Progress,
  sourcesOf,
  type StackInfo,
  type StackOutput,
} from "../core.ts";
import type { PredictionWish } from "../options/predict.ts";
import { readingOf } from "../options/stack_input.ts";
import { formatBytes } from "./quantities.ts";
import { createOutputs, writeAll } from "./output_files.ts";
import { bytesOf, openStackFile } from "./stack_file.ts";
import { pathOf, type StackPath } from "./stack_path.ts";

/** What one stack is predicted with. */
export interface PredictionJob {
  /** For the output's metadata: with what it was made. */
  readonly provenance: Readonly<Record<string, string>>;
  readonly network: Predictor;
  readonly options: PredictionWish;
  /** Bytes of the host's memory that may be used; where not given, nobody counts. */
  readonly hostMemory?: number;
  readonly signal: AbortSignal;
}

/** Hears how a prediction goes. */
export interface PredictionObserver {
  /** True things a user should hear. */
  note(text: string): void;
  /** Called when the stack is measured and the network is about to be asked. */
  ready?(): void;
  /** Called after each batch. */
  progress?(progress: Progress): void;
}

/** What was done with one stack. */
export interface PredictionReport {
  readonly input: string;
  readonly output: string;
  /** True where a whole output was there already. */
  readonly skipped: boolean;
  readonly inputSizes: StackInfo["sizes"];
  readonly outputSizes: StackInfo["sizes"];
  readonly sampleType: StackInfo["sampleType"];
  readonly voxelSize: StackInfo["voxelSize"];
  readonly outputBytes: number;
  readonly predictedSlices: number;
  readonly seconds: number;
  readonly peakDeviceBytes: number;
  readonly notes: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** The slices that were filled, where damage was repaired: counted from 1. */
  readonly repaired?: readonly DamagedSlice[];
}

const OME = /\.ome\.tiff?$/i;

/** Pixels in a batch on a software adapter, so that progress shows and Ctrl-C works soon. */
const SOFTWARE_BATCH_PIXELS = 4 * 256 * 256;

/** Plans one stack of a job. Throws an InputError where the host's memory does not hold it. */
export function planJob(info: StackInfo, job: PredictionJob): PredictionPlan {
  const { network, hostMemory, options: { uncertainty } } = job;
  const plan = (uncertainty ? planEnsemble : planPrediction)(info, network, optionsFor(info, job));
  if (hostMemory === undefined || plan.hostBytes <= hostMemory) return plan;
  throw new InputError(
    phrase`It would take about ${formatBytes(plan.hostBytes)} of this machine's memory, and
      ${formatBytes(hostMemory)} may be used: allow more with ${option("hostMemory")}, or take a
      smaller ${option("tile")} or ${option("batchSize")}.`,
  );
}

/** The options as they are; on a software adapter, batches are small. */
export function optionsFor(
  info: StackInfo,
  { network, options }: PredictionJob,
): PredictionWish {
  const { y, x } = info.sizes;
  const pixels = Math.min(options.tile ?? y, y) * Math.min(options.tile ?? x, x);
  const batchSize = options.batchSize ?? Math.max(1, Math.floor(SOFTWARE_BATCH_PIXELS / pixels));
  const software = network.adapters.some(({ type }) => type === "software");
  return software ? { ...options, batchSize } : options;
}

/** Predicts one stack from file to file; an unfinished output is removed. */
export async function predictFile(
  input: StackPath,
  output: string,
  job: PredictionJob,
  observer: PredictionObserver,
): Promise<PredictionReport> {
  const { network, signal, options: { normalization, per, range, uncertainty } } = job;
  const start = performance.now();
  const stack = await openStackFile(input, { ...readingOf(job.options), signal });
  network.resetPeak();
  try {
    const { reader, digest } = stack;
    const plan = planJob(reader.info, job);
    const kept = carriedOver(reader.info, sourcesOf(plan.slices));
    notesOf(reader.info, plan, output).forEach((note) => observer.note(note));
    const normalizer = await normalizerFor(reader, { normalization, per, range, signal });
    const metadata = {
      ...job.provenance,
      ...plan.metadata,
      ...normalizer.describe(),
      ...madeFrom(await digest(signal), job),
    };
    const described = describeOutput(output, reader.info, { ...plan, kept }, metadata);
    const files = await createOutputs(output, described, uncertainty);
    observer.ready?.();
    const run = {
      normalizer,
      signal,
      onProgress: (progress: Progress) => observer.progress?.(progress),
    };
    const predict = uncertainty ? predictEnsemble : predictSlices;
    const slices = async function* () {
      const completion = await fitCompletion(reader, network, plan, run);
      yield* predict(reader, network, plan, { ...run, completion });
    };
    await writeAll(files, slices());
    return reportOf(input, output, reader.info, plan, {
      metadata,
      peakDeviceBytes: network.peakDeviceBytes,
      seconds: (performance.now() - start) / 1000,
    });
  } finally {
    stack.close();
  }
}

/** The format that a file's name asks for. */
export function outputFormat(output: string): StackOutput["format"] {
  return OME.test(output) ? "ome" : "imagej";
}

/** What the output of a prediction says of itself. */
export function describeOutput(
  output: string,
  info: StackInfo,
  plan: Pick<PredictionPlan, "sizes" | "voxelSize"> & Pick<StackOutput, "kept">,
  metadata: Readonly<Record<string, string>>,
): StackOutput {
  return {
    format: outputFormat(output),
    sizes: plan.sizes,
    sampleType: info.sampleType,
    voxelSize: plan.voxelSize,
    frameInterval: info.frameInterval,
    channelNames: info.channelNames,
    kept: plan.kept,
    extras: Object.fromEntries(
      Object.entries(metadata).map(([key, value]) => [`zaugnet.${key}`, value]),
    ),
  };
}

/** For the output's metadata: the samples that it was made from, and what the user said of them. */
export function madeFrom(sha256: string, { options }: PredictionJob): Record<string, string> {
  const reading = readingOf(options);
  const said = Object.keys(reading).length > 0;
  return { input_sha256: sha256, ...said ? { input_reading: JSON.stringify(reading) } : {} };
}

/** What a user should hear before a stack is predicted. */
export function notesOf(
  info: StackInfo,
  plan: Pick<PredictionPlan, "notes">,
  output: string,
): string[] {
  const { channelNames } = info;
  const hidden = channelNames === undefined || OME.test(output) ? [] : [
    `ImageJ shows no channel names (${
      channelNames.join(", ")
    }): the file keeps them in its text, ` +
    "an .ome.tif where all programs look",
  ];
  return [...info.notes, ...plan.notes, ...hidden, ...lostIn(outputFormat(output), info.kept)];
}

/** Puts together what is known of a stack that was, or would be, predicted. */
export function reportOf(
  input: StackPath,
  output: string,
  info: StackInfo,
  plan: Pick<PredictionPlan, "sizes" | "voxelSize" | "predictedSlices" | "notes">,
  facts: Pick<PredictionReport, "metadata" | "peakDeviceBytes" | "seconds">,
): PredictionReport {
  return {
    input: pathOf(input),
    output,
    skipped: false,
    inputSizes: info.sizes,
    outputSizes: plan.sizes,
    sampleType: info.sampleType,
    voxelSize: plan.voxelSize,
    outputBytes: bytesOf({ sizes: plan.sizes, sampleType: info.sampleType }),
    predictedSlices: plan.predictedSlices,
    notes: notesOf(info, plan, output),
    ...facts,
  };
}
