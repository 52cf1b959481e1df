import { basename } from "node:path";
import {
  type Device,
  GpuOutOfMemoryError,
  InputError,
  type Message,
  readModel,
  TensorTooLargeError,
} from "../core.ts";
import { bundledModel } from "../files/bundled_models.ts";
import type { JobFolder } from "./data_folder.ts";
import { exists, readWhole } from "../files/local_files.ts";
import type { ModelCache } from "./model_cache.ts";
import { predictFile } from "../files/predict_file.ts";
import { repairFile } from "../files/repair_file.ts";
import { readingOf } from "../options/stack_input.ts";
import { defaultsOf } from "../options/table.ts";
import { TRAINING } from "../options/train.ts";
import type { JobOutcome, JobProgress } from "./queue.ts";
import type { PredictionRequest, TrainingRequest } from "./requests.ts";
import { RunFolder } from "../runs/run_folder.ts";
import { newConfig, type WantedRun } from "../runs/train_options.ts";
import { readRun, resumeTraining, startTraining, type TrainingJob } from "../runs/train_run.ts";

/** With what a job is done. */
export interface JobContext {
  readonly models: ModelCache;
  readonly signal: AbortSignal;
  progress(progress: JobProgress): void;
  say(line: Message): void;
}

/** What a model's file is called, as the command line says it. */
function fileOf(name: string): string {
  const path = bundledModel(name)?.path;
  return path === undefined ? `${name}.safetensors` : basename(path);
}

/** Predicts a job's stack into its folder. Throws what the signal says when it fires. */
export async function predictJob(
  folder: JobFolder,
  attempt: number,
  request: PredictionRequest,
  { models, signal, progress }: JobContext,
): Promise<JobOutcome> {
  const { model: name, repair, uncertainty, format } = request;
  return await models.use(folder.model, async ({ network, provenance }) => {
    const job = {
      network,
      signal,
      provenance: { ...provenance, model: fileOf(name) },
      options: request,
    };
    const observer = {
      // Notes are in the report, too.
      note: () => {},
      progress: ({ done, total, secondsLeft }: JobProgress) =>
        progress({ done, total, secondsLeft }),
    };
    await folder.removeAttemptsBefore(attempt);
    const work = repair ? repairFile : predictFile;
    const made = folder.attempt(attempt, format);
    const { input: _, output: __, skipped, ...result } = await work(
      folder.stack(1, request.inputs[0].parts),
      made,
      job,
      observer,
    );
    // Of a stack without damage, nothing is made.
    if (!skipped) await folder.keep(attempt, format, uncertainty);
    return { state: "succeeded", result };
  });
}

/** Trains in a job's folder; continues where an earlier worker left off. */
export async function trainJob(
  folder: JobFolder,
  request: TrainingRequest,
  device: Device,
  { signal, progress, say }: Omit<JobContext, "models">,
): Promise<JobOutcome> {
  const { batchSize } = request;
  const began = performance.now();
  const observer: TrainingJob["observer"] = {
    say,
    step: ({ progress: { step }, secondsLeft = 0, samplesPerSecond }) =>
      progress({
        done: step,
        secondsLeft,
        total: step + Math.round(secondsLeft * samplesPerSecond / batchSize),
      }),
    epoch: () => {},
  };
  const job = { device, signal, observer };
  const run = new RunFolder(folder.run);
  const goesOn = await exists(`${folder.run}/config.json`);
  const end = goesOn
    ? await resumeTraining(run, await readRun(run, {}), job)
    : await startFresh(run, folder, request, job);
  if (end.interrupted) return { state: "cancelled" };
  const { reason, progress: { step, best } } = end;
  const seconds = (performance.now() - began) / 1000;
  const result = { step, best, reason, seconds, peakDeviceBytes: device.peakBytes };
  return { state: "succeeded", result };
}

async function startFresh(
  run: RunFolder,
  folder: JobFolder,
  request: TrainingRequest,
  job: TrainingJob,
) {
  const init = request.init === undefined
    ? undefined
    : readModel(await readWhole(folder.model), request.init);
  const stacks = request.inputs.map(({ parts }, i) => folder.stack(i + 1, parts));
  const { validation = stacks.length > 1 ? "stacks" : "blocks" } = request;
  const files = {
    stacks,
    reading: readingOf(request),
    validation: validation === "none" ? [] : validation,
    init: request.init,
  };
  // When checkpoints are written is the service's own.
  const options = { ...defaultsOf(TRAINING), ...request };
  const wanted: WantedRun = newConfig(files, options, init, job.observer.say);
  return await startTraining(run, wanted, { init, microBatch: request.microBatch }, job);
}

/**
 * How a job ended that threw, in a sentence for who asked for it; undefined where it is the
 * device's fault or ours.
 */
export function failureOf(error: unknown, folder: JobFolder): JobOutcome | undefined {
  const known = [InputError, GpuOutOfMemoryError, TensorTooLargeError];
  if (!known.some((kind) => error instanceof kind)) return undefined;
  const { message, cause } = error as Error;
  const said = error instanceof InputError ? error.said : message;
  const full = (cause as { code?: string } | undefined)?.code === "ENOSPC";
  return {
    state: "failed",
    error: full
      ? "The service's disk is full: send the job again when there is room."
      : folder.withoutPaths(said),
  };
}
