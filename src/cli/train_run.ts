import { basename, join } from "node:path";
import {
  checkSettings,
  DEFAULT_MEMORY_LIMIT,
  Device,
  fittingMicroBatch,
  freshSources,
  InputError,
  type Model,
  type NetworkSources,
  readModel,
  readState,
  restoreTrainer,
  resumedSources,
  type RunState,
  Trainer,
  trainingPeakBytes,
} from "../../mod.ts";
import { chooseAdapter } from "./devices.ts";
import { readWhole } from "./files.ts";
import { RunFolder } from "./run_folder.ts";
import { formatBytes, formatSeconds, InterruptedError, interruption, say } from "./terminal.ts";
import { resumedLimits, type RunConfig } from "./train_config.ts";
import { type OpenData, openData } from "./train_data.ts";
import { limitsOf, newConfig, type TrainFlags } from "./train_flags.ts";
import { sayWhereItGoesOn, type Start, TrainingSession } from "./train_session.ts";

/** A software adapter's memory is the machine's, of which there is more than a small card has. */
const SOFTWARE_MEMORY = 4 * DEFAULT_MEMORY_LIMIT;

/** Starts a new run. */
export async function startRun(stacks: readonly string[], flags: TrainFlags): Promise<void> {
  if (flags.output === undefined) throw new InputError("Say where the run goes: --output FOLDER.");
  if (stacks.length === 0) throw new InputError("Name the stacks to train on.");
  const folder = new RunFolder(flags.output);
  await folder.refuseOther();
  const init = flags.init === undefined ? undefined : await readInit(flags.init);
  const wanted = await newConfig(stacks, flags, init);
  checkSettings(wanted.settings);
  const sources = freshSources(wanted.settings, init);
  await withDevice(flags, async (device, signal) => {
    const settings = withMicroBatch(wanted.settings, flags, device);
    const asked = { ...wanted, settings, adapter: device.adapter.name };
    await withData(asked, signal, async (data) => {
      const config = { ...asked, fingerprint: data.data.fingerprint };
      const start = { progress: { step: 0, epochsSinceBest: 0 }, metrics: [] };
      await folder.clear();
      await trainIn(folder, config, { device, data, sources, start, flags, signal });
    });
  });
}

/** Goes on with a run; `extra` are words of the command line that can't be heeded. */
export async function resumeRun(
  path: string,
  flags: TrainFlags,
  extra: readonly string[],
): Promise<void> {
  if (extra.length > 0) {
    throw new InputError(
      `A run goes on as it was started (${join(path, "config.json")} says how): leave out ` +
        `${extra.join(", ")}; only its limits can be changed.`,
    );
  }
  const folder = new RunFolder(path);
  const before = await folder.readConfig();
  const config = { ...before, limits: resumedLimits(before.limits, limitsOf(flags, true)) };
  const { name, bytes } = await folder.readCheckpoint();
  const state = readState(bytes, name);
  await withDevice(flags, async (device, signal) => {
    sayWhereItGoesOn(config, device);
    await withData(config, signal, async (data) => {
      if (data.data.fingerprint !== config.fingerprint) {
        throw new InputError(
          `The stacks are not those that ${path} was started with: their slices, names or ` +
            "normalisation differ. Bring those back, or start a new run with --init.",
        );
      }
      const { progress } = state;
      say(`Going on from step ${progress.step}.`);
      const start = { progress, metrics: await folder.cutMetrics(progress.step) };
      const sources = resumedSources(state);
      await trainIn(folder, config, { device, data, sources, start, flags, signal, state });
    });
  });
}

interface Job {
  readonly device: Device;
  readonly data: OpenData;
  readonly sources: NetworkSources;
  readonly start: Start;
  readonly flags: TrainFlags;
  readonly signal: AbortSignal;
  /** Of a run that goes on. */
  readonly state?: RunState;
}

async function trainIn(folder: RunFolder, config: RunConfig, job: Job): Promise<void> {
  const { device, data: { data }, start, flags, signal, state } = job;
  if (config.limits.earlyStop !== undefined && data.validation.length === 0) {
    throw new InputError("--early-stop needs something to validate on.");
  }
  const trainer = new Trainer(device, config.settings, job.sources);
  try {
    const began = performance.now();
    const session = new TrainingSession(folder, config, trainer, data, start);
    if (state) {
      restoreTrainer(trainer, state);
      await folder.writeConfig(config);
    } else await session.begin();
    const end = await session.run(signal);
    const { step } = end.progress;
    const best = end.progress.best;
    if (end.interrupted) {
      throw new InterruptedError(
        `Interrupted after step ${step}. Go on with: zaugnet train --resume ${folder.path}`,
      );
    }
    const seconds = (performance.now() - began) / 1000;
    say(`Done: ${end.reason} (step ${step}, ${formatSeconds(seconds)}), in ${folder.path}.`);
    if (!flags.json) return;
    const facts = { run: folder.path, model: join(folder.path, "model.safetensors"), step, best };
    console.log(JSON.stringify({
      ...facts,
      ...{ reason: end.reason, seconds, peakDeviceBytes: device.peakBytes },
    }));
  } finally {
    trainer.dispose();
  }
}

async function readInit(path: string): Promise<Model> {
  const model = readModel(await readWhole(path), basename(path));
  for (const note of model.notes) say(`Note: ${note}`);
  if (!model.hasTeacher) {
    say(`Note: ${path} has no teacher, which only training needs: it starts with a fresh one.`);
  }
  return model;
}

/** Splits the batch by the memory where the user did not say how, and says what it will take. */
function withMicroBatch(
  settings: RunConfig["settings"],
  { microBatch: given }: TrainFlags,
  device: Device,
): RunConfig["settings"] {
  const { batchSize } = settings;
  const microBatch = given === undefined
    ? fittingMicroBatch(device, settings, batchSize)
    : settings.microBatch;
  const peak = trainingPeakBytes(device, settings, microBatch);
  say(
    `Batches of ${batchSize}, ${microBatch} at once: about ${formatBytes(peak)} of the ` +
      `${formatBytes(device.memoryLimit)} of device memory that may be used.`,
  );
  if (peak > device.memoryLimit) {
    say(
      "WARNING: that may be too little memory: lower " +
        `${microBatch > 1 ? "--micro-batch" : "--patch-size"}, or raise --memory.`,
    );
  }
  return { ...settings, microBatch };
}

async function withDevice(
  { adapter: wanted, memory }: TrainFlags,
  work: (device: Device, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const adapter = await chooseAdapter(wanted);
  say(`Adapter: ${adapter.name}`);
  const software = adapter.type === "software";
  if (software) say("WARNING: this is a software adapter: training takes days, not hours.");
  const device = await Device.open(adapter, {
    memoryLimit: memory ?? (software ? SOFTWARE_MEMORY : undefined),
  });
  const { signal, release } = interruption();
  try {
    await work(device, signal);
  } finally {
    release();
    device.close();
  }
}

async function withData(
  config: Omit<RunConfig, "fingerprint">,
  signal: AbortSignal,
  work: (data: OpenData) => Promise<void>,
): Promise<void> {
  const data = await openData(config, signal);
  try {
    await work(data);
  } finally {
    data.close();
  }
}
