import {
  currentModel,
  DivergedError,
  drawCurves,
  encodePng,
  type EndEvent,
  type EpochEvent,
  GpuOutOfMemoryError,
  InputError,
  type Message,
  option,
  phrase,
  readState,
  type RunProgress,
  runTraining,
  type StepEvent,
  TensorTooLargeError,
  type Trainer,
  type TrainingData,
  validationPicture,
  writeModel,
  writeState,
} from "../core.ts";
import type { MetricsLine, RunFolder } from "./run_folder.ts";
import type { RunConfig } from "./train_config.ts";
import { curvePanels } from "./train_metrics.ts";

/** Where a run starts or resumes. */
export interface Start {
  readonly progress: RunProgress;
  /** What metrics.jsonl holds of the steps before. */
  readonly metrics: readonly MetricsLine[];
}

/** Hears how a training goes. */
export interface TrainingObserver {
  /** A line that a user should hear. */
  say(line: Message): void;
  step(event: StepEvent): void;
  epoch(event: EpochEvent): void;
}

/** A run with its folder: trains, writes what comes of it, and saves often. */
export class TrainingSession {
  readonly #folder: RunFolder;
  readonly #config: RunConfig;
  readonly #trainer: Trainer;
  readonly #data: TrainingData;
  readonly #start: Start;
  readonly #observer: TrainingObserver;
  readonly #metrics: MetricsLine[];
  #saved: { step: number; time: number };

  constructor(
    folder: RunFolder,
    config: RunConfig,
    trainer: Trainer,
    data: TrainingData,
    start: Start,
    observer: TrainingObserver,
  ) {
    this.#folder = folder;
    this.#config = config;
    this.#trainer = trainer;
    this.#data = data;
    this.#start = start;
    this.#observer = observer;
    this.#metrics = [...start.metrics];
    this.#saved = { step: start.progress.step, time: performance.now() };
  }

  /** Trains to the end of the run. Throws an InputError where it has to be given up. */
  async run(signal: AbortSignal): Promise<EndEvent> {
    const trainer = this.#trainer;
    const data = this.#data;
    const config = this.#config;
    const start = this.#start;
    try {
      for await (const event of runTraining(trainer, data, config.limits, start.progress, signal)) {
        if (event.kind === "step") await this.#stepDone(event);
        else if (event.kind === "epoch") await this.#epochDone(event);
        else {
          if (event.savable && event.progress.step !== this.#saved.step) {
            await this.#save(event.progress);
          }
          return event;
        }
      }
      throw new Error("the run ended without an end");
    } catch (error) {
      throw await this.#explained(error);
    }
  }

  /** Writes what a run needs to be resumed, before its first step. */
  async begin(): Promise<void> {
    const folder = this.#folder;
    const trainer = this.#trainer;
    const config = this.#config;
    const { progress } = this.#start;
    const state = await writeState(trainer, progress);
    await folder.writeCheckpoint(progress.step, state, config.checkpoints.keep);
    await folder.writeConfig(config);
    await this.#writeNetwork("model.safetensors", progress);
  }

  /** Writes a checkpoint, the model and the curves. */
  async #save(progress: RunProgress): Promise<void> {
    const folder = this.#folder;
    const trainer = this.#trainer;
    const config = this.#config;
    const state = await writeState(trainer, progress);
    await folder.writeCheckpoint(progress.step, state, config.checkpoints.keep);
    await this.#writeNetwork("model.safetensors", progress);
    const svg = drawCurves(curvePanels(this.#metrics));
    await folder.write("curves.svg", new TextEncoder().encode(svg));
    this.#saved = { step: progress.step, time: performance.now() };
  }

  async #stepDone(event: StepEvent): Promise<void> {
    this.#observer.step(event);
    const { progress: { step }, epoch, losses, gradientNorms, skipped, samplesPerSecond } = event;
    await this.#record({
      kind: "step",
      step,
      epoch,
      losses,
      gradientNorms,
      samplesPerSecond,
      ...skipped.length > 0 ? { skipped } : {},
    });
    const { minutes, steps = Infinity } = this.#config.checkpoints;
    const due = step - this.#saved.step >= steps ||
      performance.now() - this.#saved.time >= minutes * 60_000;
    if (due && event.savable) await this.#save(event.progress);
  }

  async #epochDone(event: EpochEvent): Promise<void> {
    const { epoch, progress, validation, isBest } = event;
    this.#observer.epoch(event);
    await this.#record({
      kind: "epoch",
      step: progress.step,
      epoch,
      ...validation?.scores,
      isBest,
    });
    if (validation) {
      const png = encodePng(validationPicture(validation.sample));
      await this.#folder.write(`validation-${epoch + 1}.png`, png);
    }
    if (isBest) await this.#writeNetwork("best.safetensors", progress);
    if (event.savable) await this.#save(progress);
  }

  async #record(line: MetricsLine): Promise<void> {
    this.#metrics.push(line);
    await this.#folder.appendMetrics(line);
  }

  async #writeNetwork(name: string, { step }: RunProgress): Promise<void> {
    await this.#folder.write(
      name,
      writeModel(await currentModel(this.#trainer, this.#facts(step))),
    );
  }

  /** Nothing that differs between equal runs. */
  #facts(step: number): Record<string, string> {
    const { version, settings, fingerprint } = this.#config;
    return {
      "zaugnet.version": version,
      "zaugnet.step": String(step),
      "zaugnet.settings": JSON.stringify(settings),
      "zaugnet.data": fingerprint,
    };
  }

  async #explained(error: unknown): Promise<unknown> {
    if (error instanceof DivergedError) return await this.#backToGood(error);
    if (!(error instanceof GpuOutOfMemoryError || error instanceof TensorTooLargeError)) {
      return error;
    }
    const { microBatch, patchSize } = this.#config.settings;
    const patches = phrase`${option("patchSize")} (${patchSize} now)`;
    const lower = microBatch > 1
      ? phrase`${option("microBatch")} (${microBatch} now) or ${patches}`
      : patches;
    return new InputError(phrase`The device's memory is used up: lower ${lower}. ${error.message}`);
  }

  /** Networks that no step could be taken from are not a state to keep: takes those before them. */
  async #backToGood(error: DivergedError): Promise<InputError> {
    const folder = this.#folder;
    const trainer = this.#trainer;
    await folder.dropCheckpointsFrom(error.since);
    const { name, bytes } = await folder.readCheckpoint();
    const { progress, tensors } = readState(bytes, name);
    for (const [parameter, tensor] of trainer.generator.parameters.entries()) {
      tensor.assign(tensors.get(`generator.${parameter}`)!.data);
    }
    await this.#writeNetwork("model.safetensors", progress);
    return new InputError(
      phrase`${error.said} The last good state, of step ${progress.step}, is kept in
        ${folder.path}/model.safetensors; start a new run from it with ${option("init")}.`,
    );
  }
}
