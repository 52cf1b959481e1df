import { estimateFile } from "../files/estimate_file.ts";
import { basename } from "node:path";
import { DeviceLostError, type Predictor } from "../core.ts";
import { formatBytes, formatSeconds } from "../files/quantities.ts";
import {
  predictFile,
  type PredictionJob,
  type PredictionObserver,
  type PredictionReport,
} from "../files/predict_file.ts";
import { type MethodJob, predictFileByMethod } from "../files/method_file.ts";
import { repairFile } from "../files/repair_file.ts";
import { pathOf, type StackPath } from "../files/stack_path.ts";
import type { PREDICT } from "../options/predict.ts";
import type { OptionsOf } from "../options/table.ts";
import { failureOf, sentenceOf } from "./failures.ts";
import { wholeOutput } from "./resume.ts";
import type { StartUp } from "./start_up.ts";
import { InterruptedError, say, shown } from "./terminal.ts";

/** What became of each stack of a run. */
export type BatchResult = PredictionReport | FailedFile;

/** A stack that was not predicted. */
export interface FailedFile {
  readonly input: string;
  readonly error: string;
  /** The exit code that it calls for. */
  readonly code: number;
}

/** How a run goes about its stacks. */
export type BatchFlags = OptionsOf<Pick<typeof PREDICT, "resume" | "dryRun" | "json">>;

/** How the stacks of a run are predicted. */
export interface Batch {
  /** None without a network. */
  readonly adapters: Predictor["adapters"];
  readonly signal: AbortSignal;
  predict(input: StackPath, output: string): Promise<PredictionReport>;
}

/** Predicts stack after stack and says what became of each; a bad one does not stop the others. */
export async function predictAll(
  inputs: readonly StackPath[],
  outputs: readonly string[],
  batch: Batch,
  flags: BatchFlags,
  startUp: StartUp,
): Promise<BatchResult[]> {
  const results: BatchResult[] = [];
  for (const [i, path] of inputs.entries()) {
    const input = pathOf(path);
    try {
      const report = await batch.predict(path, outputs[i]);
      if (!flags.json) console.log(describe(report, !!flags.dryRun));
      results.push(report);
    } catch (error) {
      if (batch.signal.aborted) throw new InterruptedError();
      // Without a device, the rest can't go on.
      if (error instanceof DeviceLostError) throw error;
      const { code, message = "" } = failureOf(error);
      const named = message.includes(basename(input));
      say(named ? message : message.replace("error: ", `error: ${input}: `));
      results.push({ input, error: sentenceOf(error), code });
    }
  }
  summarize(results, batch, flags, startUp);
  return results;
}

/** Predicts with a network, as the flags have it. */
export function networkBatch(job: PredictionJob, flags: BatchFlags, startUp: StartUp): Batch {
  return {
    adapters: job.network.adapters,
    signal: job.signal,
    predict: (input, output) => predictOne(input, output, job, flags, startUp),
  };
}

/** Predicts without a network. */
export function methodBatch(job: MethodJob, startUp: StartUp): Batch {
  return {
    adapters: [],
    signal: job.signal,
    predict: (input, output) =>
      shown(
        pathOf(input),
        (observer) => predictFileByMethod(input, output, job, observer),
        startUp,
      ),
  };
}

async function predictOne(
  input: StackPath,
  output: string,
  job: PredictionJob,
  flags: BatchFlags,
  startUp: StartUp,
): Promise<PredictionReport> {
  const whole = flags.resume ? await wholeOutput(input, output, job) : undefined;
  if (whole) return whole;
  if (job.options.repair) {
    const { dryRun } = flags;
    const repaired = (observer: PredictionObserver) =>
      repairFile(input, output, job, observer, { dryRun });
    return await shown(pathOf(input), repaired, startUp);
  }
  const work = flags.dryRun ? estimateFile : predictFile;
  return await shown(pathOf(input), (observer) => work(input, output, job, observer), startUp);
}

function summarize(
  results: readonly BatchResult[],
  { adapters: all }: Batch,
  { json, dryRun }: BatchFlags,
  startUp: StartUp,
): void {
  if (json) {
    const adapters = all.map(({ name, type }) => ({ name, type }));
    const { seconds } = startUp;
    const facts = { adapter: adapters[0], adapters, dryRun: !!dryRun, startUp: seconds };
    return console.log(JSON.stringify({ ...facts, files: results }, null, 1));
  }
  const started = startUp.describe();
  if (started) say(started);
  if (results.length < 2) return;
  const failed = results.filter((result) => "error" in result);
  const skipped = results.filter((result) => "skipped" in result && result.skipped);
  const done = results.length - failed.length - skipped.length;
  const parts = [`${done} ${dryRun ? "would be predicted" : "predicted"}`];
  if (skipped.length > 0) parts.push(`${skipped.length} whole already`);
  parts.push(`${failed.length} failed`);
  console.log(`${parts.join(", ")}${failed.length > 0 ? ":" : "."}`);
  for (const { input } of failed) console.log(`  ${input}`);
}

function describe(report: PredictionReport, dryRun: boolean): string {
  const { output, skipped, inputSizes, outputSizes, predictedSlices, seconds } = report;
  if (report.repaired) return describeRepair(report, dryRun);
  if (skipped) return `${output} is whole already; nothing was done.`;
  const { x, y, c, t } = outputSizes;
  const size = `${x} x ${y}, ${c} channel${c > 1 ? "s" : ""}, ${t} frame${t > 1 ? "s" : ""}`;
  const slices = `${inputSizes.z} -> ${outputSizes.z} slices (${size})`;
  const spent = formatSeconds(seconds);
  const { peakDeviceBytes } = report;
  const memory = peakDeviceBytes > 0 ? `, ${formatBytes(peakDeviceBytes)} on the device` : "";
  if (dryRun) {
    return `${output} would be written: ${slices}, ${formatBytes(report.outputBytes)}; ` +
      `about ${spent}${memory}.`;
  }
  const rate = (predictedSlices / seconds).toPrecision(3);
  return `${output}: ${slices} in ${spent}, ${rate} predicted slices/s${memory}.`;
}

function describeRepair(
  { input, output, repaired = [], seconds }: PredictionReport,
  dryRun: boolean,
) {
  const count = `${repaired.length} slice${repaired.length === 1 ? "" : "s"}`;
  if (repaired.length === 0) return `${input} needs no repair; nothing was written.`;
  if (dryRun) return `${output} would be written: ${count} filled.`;
  return `${output}: ${count} filled in ${formatSeconds(seconds)}, all others as they were.`;
}
