import {
  checkSettings,
  type Device,
  type EndEvent,
  fittingMicroBatch,
  freshSources,
  InputError,
  type Model,
  type NetworkSources,
  option,
  phrase,
  readState,
  restoreTrainer,
  resumedSources,
  type RunLimits,
  type RunState,
  Trainer,
  trainingPeakBytes,
} from "../core.ts";
import { type Card, ReplicatedTrainer } from "../fleet/mod.ts";
import { formatBytes } from "../files/quantities.ts";
import type { RunFolder } from "./run_folder.ts";
import { resumedLimits, type RunConfig } from "./train_config.ts";
import { type OpenData, openData } from "./train_data.ts";
import type { WantedRun } from "./train_options.ts";
import { type Start, type TrainingObserver, TrainingSession } from "./train_session.ts";

/** On what a run is trained, and who is told of it. */
export interface TrainingJob {
  readonly device: Device;
  /** Further cards, each of which takes its part of every batch. */
  readonly others?: readonly Card[];
  /** Ends the run after a step; its state is saved. */
  readonly signal: AbortSignal;
  readonly observer: TrainingObserver;
}

/** What a new run starts from, beside its configuration. */
export interface FreshStart {
  readonly init?: Model;
  /** Patches at once; by the memory where not given. */
  readonly microBatch?: number;
}

/** Trains a new run to its end. Throws an InputError for what can't be trained. */
export async function startTraining(
  folder: RunFolder,
  wanted: WantedRun,
  { init, microBatch }: FreshStart,
  job: TrainingJob,
): Promise<EndEvent> {
  checkSettings(wanted.settings);
  const sources = freshSources(wanted.settings, init);
  const settings = withMicroBatch(wanted.settings, microBatch, job);
  const asked = { ...wanted, settings, adapter: job.device.adapter.name };
  return await withData(asked, job, async (data) => {
    const config = { ...asked, fingerprint: data.data.fingerprint };
    const start = { progress: { step: 0, epochsSinceBest: 0 }, metrics: [] };
    await folder.clear();
    return await trainIn(folder, config, { ...job, data, sources, start });
  });
}

/** A run as its folder holds it. */
export interface SavedRun {
  readonly config: RunConfig;
  readonly state: RunState;
}

/** Reads a resumed run, with the limits that are given now. */
export async function readRun(folder: RunFolder, now: RunLimits): Promise<SavedRun> {
  const before = await folder.readConfig();
  const { name, bytes } = await folder.readCheckpoint();
  const config = { ...before, limits: resumedLimits(before.limits, now) };
  return { config, state: readState(bytes, name) };
}

/** Resumes a run to its end. Throws an InputError where its stacks are others now. */
export async function resumeTraining(
  folder: RunFolder,
  { config, state }: SavedRun,
  job: TrainingJob,
): Promise<EndEvent> {
  const { device, observer } = job;
  if (config.adapter !== device.adapter.name) {
    observer.say(
      `Note: the run was started on ${config.adapter}: on another adapter the last bits may differ.`,
    );
  }
  return await withData(config, job, async (data) => {
    if (data.data.fingerprint !== config.fingerprint) {
      throw new InputError(
        phrase`The stacks are not those that ${folder.path} was started with: their slices, names or
          normalisation differ. Bring those back, or start a new run with ${option("init")}.`,
      );
    }
    const { progress } = state;
    observer.say(`Going on from step ${progress.step}.`);
    const start = { progress, metrics: await folder.cutMetrics(progress.step) };
    return await trainIn(folder, config, {
      ...job,
      data,
      sources: resumedSources(state),
      start,
      state,
    });
  });
}

interface OpenJob extends TrainingJob {
  readonly data: OpenData;
  readonly sources: NetworkSources;
  readonly start: Start;
  /** Of a resumed run. */
  readonly state?: RunState;
}

async function trainIn(folder: RunFolder, config: RunConfig, job: OpenJob): Promise<EndEvent> {
  const { device, data: { data }, start, signal, state } = job;
  if (config.limits.earlyStop !== undefined && data.validation.length === 0) {
    throw new InputError(phrase`${option("earlyStop")} needs something to validate on.`);
  }
  const { settings } = config;
  const replicated = job.others && job.others.length > 0
    ? ReplicatedTrainer.first(device, settings, job.sources, job.others.length)
    : undefined;
  const trainer = replicated ?? new Trainer(device, settings, job.sources);
  try {
    const session = new TrainingSession(folder, config, trainer, data, start, job.observer);
    if (state) {
      restoreTrainer(trainer, state);
      await folder.writeConfig(config);
    } else await session.begin();
    await replicated?.enlist(job.others!, device.memoryLimit);
    return await session.run(signal);
  } finally {
    await replicated?.dismiss();
    trainer.dispose();
  }
}

/** Splits the batch by the memory where the user did not say how, and says what it will take. */
function withMicroBatch(
  settings: RunConfig["settings"],
  given: number | undefined,
  { device, others = [], observer: { say } }: TrainingJob,
): RunConfig["settings"] {
  const { batchSize } = settings;
  const replicas = 1 + others.length;
  const microBatch = given === undefined
    ? fittingMicroBatch(device, settings, Math.ceil(batchSize / replicas))
    : settings.microBatch;
  const peak = trainingPeakBytes(device, settings, microBatch);
  say(
    `Batches of ${batchSize}${replicas > 1 ? ` on ${replicas} replicas` : ""}, ${microBatch} at ` +
      `once: about ${formatBytes(peak)} of the ` +
      `${formatBytes(device.memoryLimit)} of device memory that may be used.`,
  );
  if (peak > device.memoryLimit) {
    say(
      phrase`WARNING: that may be too little memory: lower
        ${option(microBatch > 1 ? "microBatch" : "patchSize")}, or raise ${option("memory")}.`,
    );
  }
  return { ...settings, microBatch };
}

async function withData(
  config: Omit<RunConfig, "fingerprint">,
  { signal, observer }: TrainingJob,
  work: (data: OpenData) => Promise<EndEvent>,
): Promise<EndEvent> {
  const data = await openData(config, signal, observer.say);
  try {
    return await work(data);
  } finally {
    data.close();
  }
}
