import { InputError } from "../errors.ts";
import { type Message, option, phrase } from "../message.ts";
import type { Batch } from "./patch_batch.ts";
import { MOST_SKIPPED } from "./loss_guard.ts";
import { type BatchSource, prefetch } from "./prefetch.ts";
import { DEFAULT_EPOCHS } from "./settings.ts";
import type { RunProgress } from "./state.ts";
import type { StepReport } from "./trainer.ts";
import type { Validation } from "./validation.ts";

/** How long a run lasts. The first bound that is met ends it. */
export interface RunLimits {
  readonly epochs?: number;
  /** Steps of the whole run, resumed ones included. */
  readonly maxSteps?: number;
  readonly maxMinutes?: number;
  /** Epochs without a better validation after which the run ends. */
  readonly earlyStop?: number;
  /** Epochs from one validation to the next, {@link DEFAULT_VALIDATE_EVERY} where not given. */
  readonly validateEvery?: number;
}

/** Every epoch; of few slices an epoch is short, and a validation takes longer. */
export const DEFAULT_VALIDATE_EVERY = 1;

/** The limits that were given; a run that nothing bounds gets a number of epochs. */
export function limitsOf(
  { epochs, maxSteps, maxMinutes, earlyStop, validateEvery }: RunLimits,
  resumed = false,
): RunLimits {
  const unbounded = [epochs, maxSteps, maxMinutes].every((bound) => bound === undefined);
  const given = unbounded && !resumed ? DEFAULT_EPOCHS : epochs;
  return { epochs: given, maxSteps, maxMinutes, earlyStop, validateEvery };
}

/** What {@link runTraining} drives; a Trainer is one. */
export interface Trainable<Data extends BatchSource> {
  /**
   * One step with one batch; `index` is its number since the start of the run, `next` the batch of
   * the step after, where that belongs to the same epoch.
   */
  step(batch: Batch, index: number, next?: Batch): Promise<StepReport>;
  /** Scores what is held out; undefined where nothing is. */
  validate(data: Data): Promise<Validation | undefined>;
  /** Steps that were skipped since the last good one. */
  readonly skippedInRow: number;
}

/** Where a run stands at an event. */
export interface RunMoment {
  readonly progress: RunProgress;
  /** Counted from 0. */
  readonly epoch: number;
  /**
   * True where the state may be saved: not between the last step of an epoch and its validation,
   * which a resumed run would miss, and not while steps are skipped, since what is skipped may come
   * of the networks as they are.
   */
  readonly savable: boolean;
}

/** A step was done. */
export interface StepEvent extends StepReport, RunMoment {
  readonly kind: "step";
  readonly samplesPerSecond: number;
  /** To the end of the run, where it has one. */
  readonly secondsLeft?: number;
}

/** An epoch whose turn it is was done, and validated where there is something to validate on. */
export interface EpochEvent extends RunMoment {
  readonly kind: "epoch";
  readonly validation?: Validation;
  /** True where this is the best validation so far. */
  readonly isBest: boolean;
}

/** The run is over. */
export interface EndEvent extends RunMoment {
  readonly kind: "end";
  readonly reason: string;
  /** True where the signal ended it. */
  readonly interrupted: boolean;
}

/** What a training tells as it runs: a step done, an epoch validated, or its end. */
export type TrainingEvent = StepEvent | EpochEvent | EndEvent;

/** Too many steps in a row could not be used. */
export class DivergedError extends InputError {
  override name = "DivergedError";

  /** `since`: steps done when the first of them was skipped; a state of then is no good. */
  constructor(said: Message, readonly since: number) {
    super(said);
  }
}

/**
 * Trains from where `start` is. Ends after a step when the signal fires. What comes out depends on
 * settings, data and device only: two runs are equal, and so are one run and one that was resumed.
 * @throws {DivergedError} after ten skipped steps in a row.
 */
export async function* runTraining<Data extends BatchSource>(
  trainer: Trainable<Data>,
  data: Data,
  limits: RunLimits,
  start: RunProgress = { step: 0, epochsSinceBest: 0 },
  signal?: AbortSignal,
): AsyncGenerator<TrainingEvent> {
  const batches = prefetch(data);
  const { batchesPerEpoch } = data;
  const { validateEvery = DEFAULT_VALIDATE_EVERY } = limits;
  const startTime = performance.now();
  const lastStep = Math.min(
    limits.maxSteps ?? Infinity,
    (limits.epochs ?? Infinity) * batchesPerEpoch,
  );
  let progress = start;
  let badSince = start.step;
  let next: Batch | undefined;
  const end = (reason: string, interrupted = false): EndEvent => ({
    kind: "end",
    reason,
    interrupted,
    progress,
    savable: trainer.skippedInRow === 0,
    epoch: Math.floor(progress.step / batchesPerEpoch),
  });
  try {
    while (progress.step < lastStep) {
      const epoch = Math.floor(progress.step / batchesPerEpoch);
      const place = progress.step % batchesPerEpoch;
      const batch = next ?? await batches.batch(epoch, place);
      const goesOn = place + 1 < batchesPerEpoch && progress.step + 1 < lastStep;
      next = goesOn ? await batches.batch(epoch, place + 1) : undefined;
      const wasGood = trainer.skippedInRow === 0;
      const report = await trainer.step(batch, progress.step, next);
      if (wasGood) badSince = progress.step;
      progress = { ...progress, step: progress.step + 1 };
      const seconds = (performance.now() - startTime) / 1000;
      const rate = (progress.step - start.step) / seconds;
      const validates = progress.step % (validateEvery * batchesPerEpoch) === 0;
      yield {
        kind: "step",
        progress,
        epoch,
        ...report,
        savable: !validates && trainer.skippedInRow === 0,
        samplesPerSecond: rate * batch.count,
        secondsLeft: timeLeft(lastStep - progress.step, rate, seconds, limits.maxMinutes),
      };
      if (trainer.skippedInRow >= MOST_SKIPPED) throw diverged(report, badSince);
      if (validates) {
        const event = epochEvent(await trainer.validate(data), epoch, progress, validateEvery);
        progress = event.progress;
        yield { ...event, savable: trainer.skippedInRow === 0 };
        if (limits.earlyStop !== undefined && progress.epochsSinceBest >= limits.earlyStop) {
          return yield end(`the last ${limits.earlyStop} epochs brought nothing better`);
        }
      }
      if (signal?.aborted) return yield end("it was interrupted", true);
      if (seconds / 60 >= (limits.maxMinutes ?? Infinity)) {
        return yield end(`${limits.maxMinutes} minutes are over`);
      }
    }
    yield end("all its steps are done");
  } finally {
    await batches.settle();
  }
}

function epochEvent(
  validation: Validation | undefined,
  epoch: number,
  { step, best, epochsSinceBest }: RunProgress,
  epochs: number,
): Omit<EpochEvent, "savable"> {
  // A perfect score is infinite, which no checkpoint can hold; NaN is never the best.
  const score = Math.min(validation?.scores.network.psnr ?? NaN, Number.MAX_VALUE);
  const isBest = score > (best ?? -Infinity);
  const progress = isBest
    ? { step, best: score, epochsSinceBest: 0 }
    : { step, best, epochsSinceBest: epochsSinceBest + epochs };
  return { kind: "epoch", epoch, validation, isBest, progress };
}

function timeLeft(
  steps: number,
  rate: number,
  secondsDone: number,
  maxMinutes = Infinity,
): number | undefined {
  const left = Math.min(steps / rate, maxMinutes * 60 - secondsDone);
  return Number.isFinite(left) ? Math.max(left, 0) : undefined;
}

function diverged({ skipped }: StepReport, since: number): DivergedError {
  return new DivergedError(
    phrase`Training was stopped: ${MOST_SKIPPED} steps in a row could not be used, the last since
      ${skipped.at(-1) ?? "a network's loss is not a number"}. Lower ${
      option("learningRate")
    }, or set
      ${option("clipNorm")}.`,
    since,
  );
}
