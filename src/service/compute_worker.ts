import { type Device, type Message, render, type SliceRequest, trainingMemory } from "../core.ts";
import { answerCalls, type CallContext } from "../workers/answer_calls.ts";
import { adapterFacts, openCard, type OpenOptions } from "../fleet/worker_device.ts";
import { failureOf, predictJob, trainJob } from "./compute_jobs.ts";
import { JobFolder } from "./data_folder.ts";
import { FLAGS } from "../files/flags_face.ts";
import { ModelCache } from "./model_cache.ts";
import type { Precision } from "../options/machine.ts";
import type { JobKind, JobOutcome, JobProgress } from "./queue.ts";
import { readPredictionRequest, readTrainingRequest } from "./requests.ts";
import { SliceBatcher } from "./slice_batcher.ts";
import { tunedSetup } from "../files/tuning.ts";

/** What a lane's worker opens. */
export interface OpenLane extends OpenOptions {
  readonly precision: Precision;
}

/** A job to do. */
export interface WorkCall {
  readonly kind: JobKind;
  /** The job's folder. */
  readonly folder: string;
  /** How often the job was taken, this time included. */
  readonly attempt: number;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Slices to predict at once. */
export interface SlicesCall {
  /** The model's file. */
  readonly model: string;
  readonly requests: readonly SliceRequest[];
  readonly height: number;
  readonly width: number;
}

/** An answer, and how the worker is at that moment, so that nothing that was done is uncounted. */
export interface Done<T> {
  readonly value: T;
  readonly pulse: Pulse;
}

/** How the worker is: answered between two batches. */
export interface Pulse {
  /** The folder of the job that it does, and how far it is. */
  readonly folder?: string;
  readonly progress?: JobProgress;
  /** Slices predicted since the worker started. */
  readonly slices: number;
  readonly liveBytes: number;
  readonly peakBytes: number;
}

let device: Device;
/** Of the training under way. */
let trainingDevice: Device | undefined;
let models: ModelCache;
let card: OpenOptions;
let job: {
  readonly folder: string;
  progress?: JobProgress;
} | undefined;
let slices = 0;
let peakBytes = 0;

const calls = {
  adapters: adapterFacts,
  async open({ precision, ...options }: OpenLane): Promise<void> {
    card = options;
    device = await openCard(options);
    const setup = await tunedSetup(device.adapter, precision, say);
    device.kernelChoices = setup.kernelChoices;
    models = new ModelCache(device, setup);
  },
  work: async (call: WorkCall, { signal }: CallContext) => done(await work(call, signal)),
  pulse,
  async interpolate({ model, requests, height, width }: SlicesCall, { move }: CallContext) {
    const planes = await models.use(model, async ({ network, batchers }) => {
      const key = `${height}x${width}`;
      const batcher = batchers.get(key) ?? new SliceBatcher(network, height, width);
      batchers.set(key, batcher);
      return await batcher.add(requests);
    });
    slices += planes.length;
    move(...planes);
    return done(planes);
  },
};

/** What a lane's worker answers. */
export type ComputeCalls = typeof calls;

answerCalls(calls, () => {
  trainingDevice?.close();
  device?.close();
});

/** To the log of the service. */
function say(line: Message): void {
  console.error(render(line, FLAGS));
}

function done<T>(value: T): Done<T> {
  return { value, pulse: pulse() };
}

function pulse(): Pulse {
  const sum = (of: (device: Device) => number) =>
    of(device) + (trainingDevice ? of(trainingDevice) : 0);
  // The device's own peak starts again with every job.
  peakBytes = Math.max(peakBytes, sum((device) => device.peakBytes));
  const liveBytes = sum((device) => device.liveBytes);
  return { folder: job?.folder, progress: job?.progress, slices, liveBytes, peakBytes };
}

async function work(
  { kind, folder: path, attempt, options }: WorkCall,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const mine: typeof job = { folder: path };
  job = mine;
  const folder = new JobFolder(path);
  const bench = {
    models,
    signal,
    say,
    progress(progress: JobProgress) {
      if (kind === "prediction") slices += progress.done - (mine.progress?.done ?? 0);
      mine.progress = progress;
    },
  };
  try {
    if (kind === "prediction") {
      return await predictJob(folder, attempt, readPredictionRequest(options), bench);
    }
    const request = readTrainingRequest(options);
    // Of its own, since a training may use more memory than predictions.
    const memoryLimit = card.memoryLimit ?? trainingMemory(device.adapter);
    trainingDevice = await openCard({ ...card, memoryLimit });
    return await trainJob(folder, request, trainingDevice, bench);
  } catch (error) {
    if (signal.aborted) return { state: "cancelled" };
    const failure = failureOf(error, folder);
    if (failure) return failure;
    throw error;
  } finally {
    trainingDevice?.close();
    trainingDevice = undefined;
    job = undefined;
  }
}
