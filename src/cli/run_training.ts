import { basename, join } from "node:path";
import {
  checkSettings,
  Device,
  type EndEvent,
  InputError,
  limitsOf,
  type Model,
  readModel,
  trainingMemory,
  type TrainingSettings,
} from "../core.ts";
import { readWhole } from "../files/local_files.ts";
import { modelPath } from "../files/named_models.ts";
import { formatSeconds } from "../files/quantities.ts";
import { RunFolder } from "../runs/run_folder.ts";
import { readRun, resumeTraining, startTraining, type TrainingJob } from "../runs/train_run.ts";
import { chooseReplicas, sayAdapters } from "./devices.ts";
import { InterruptedError, interruption, say } from "./terminal.ts";
import { TrainingDisplay } from "./train_display.ts";
import { configOf, type TrainFlags } from "./train_flags.ts";

/** Starts a new run. */
export async function startRun(stacks: readonly string[], flags: TrainFlags): Promise<void> {
  if (flags.output === undefined) throw new InputError("Say where the run goes: --output FOLDER.");
  if (stacks.length === 0) throw new InputError("Name the stacks to train on.");
  const folder = new RunFolder(flags.output);
  await folder.refuseOther();
  const init = flags.init === undefined ? undefined : await readInit(flags.init);
  const wanted = await configOf(stacks, flags, init);
  checkSettings(wanted.settings);
  const start = { init, microBatch: flags.microBatch };
  await trainShown(
    folder,
    wanted.settings.variant,
    flags,
    (job) => startTraining(folder, wanted, start, job),
  );
}

/** Resumes a run; `extra` are words of the command line that can't be used. */
export async function resumeRun(
  path: string,
  flags: TrainFlags,
  extra: readonly string[],
): Promise<void> {
  if (extra.length > 0) {
    throw new InputError(
      `A resumed run keeps the settings in ${join(path, "config.json")}: leave out ` +
        `${extra.join(", ")}; only its limits can be changed.`,
    );
  }
  const folder = new RunFolder(path);
  const saved = await readRun(folder, limitsOf(flags, true));
  await trainShown(
    folder,
    saved.config.settings.variant,
    flags,
    (job) => resumeTraining(folder, saved, job),
  );
}

async function readInit(named: string): Promise<Model> {
  const path = await modelPath(named);
  const model = readModel(await readWhole(path), basename(path));
  for (const note of model.notes) say(`Note: ${note}`);
  if (!model.hasTeacher) {
    say(`Note: ${path} has no teacher, which only training needs: it starts with a fresh one.`);
  }
  return model;
}

/** Trains on the device of the flags, shows how it goes and says what came of it. */
async function trainShown(
  folder: RunFolder,
  variant: TrainingSettings["variant"],
  flags: TrainFlags,
  train: (job: TrainingJob) => Promise<EndEvent>,
): Promise<void> {
  const { adapter, others } = await chooseReplicas(flags);
  sayAdapters([adapter, ...others]);
  if (adapter.type === "software") say("WARNING: in software, training takes days, not hours.");
  if (others.some(({ name }) => name !== adapter.name)) {
    say("Note: different adapters round differently: the run can't be repeated to the bit.");
  }
  const memoryLimit = flags.memory ?? trainingMemory(adapter);
  const device = await Device.open(adapter, { memoryLimit });
  const { signal, release } = interruption();
  const observer = new TrainingDisplay(variant === "zaugnet+" ? "ZAugNet+" : "ZAugNet");
  try {
    const began = performance.now();
    const end = await train({ device, others, signal, observer });
    observer.clear();
    report(folder, end, (performance.now() - began) / 1000, device, flags);
  } finally {
    observer.clear();
    release();
    device.close();
  }
}

function report(
  { path: run }: RunFolder,
  { interrupted, reason, progress: { step, best } }: EndEvent,
  seconds: number,
  device: Device,
  { json }: TrainFlags,
): void {
  if (interrupted) {
    throw new InterruptedError(
      `Interrupted after step ${step}. Go on with: zaugnet train --resume ${run}`,
    );
  }
  say(`Done: ${reason} (step ${step}, ${formatSeconds(seconds)}), in ${run}.`);
  if (!json) return;
  const facts = { run, model: join(run, "model.safetensors"), step, best };
  console.log(JSON.stringify({ ...facts, reason, seconds, peakDeviceBytes: device.peakBytes }));
}
