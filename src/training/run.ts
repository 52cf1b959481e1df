import type { TrainingData } from "./dataset.ts";
import { MOST_SKIPPED } from "./loss_guard.ts";
import { prefetch } from "./prefetch.ts";
import type { RunProgress } from "./state.ts";
import type { StepReport, Trainer } from "./trainer.ts";
import { validate, type Validation } from "./validation.ts";

/** How long a run goes on. The first bound that is met ends it. */
export interface RunLimits {
  readonly epochs?: number;
  /** Steps of the whole run, resumed ones included. */
  readonly maxSteps?: number;
  readonly maxMinutes?: number;
  /** Epochs without a better validation after which the run ends. */
  readonly earlyStop?: number;
}

/** A step was done. */
export interface StepEvent extends StepReport {
  readonly kind: "step";
  /** Steps done, this one included. */
  readonly step: number;
  readonly epoch: number;
  readonly samplesPerSecond: number;
  /** To the end of the run, where it has one. */
  readonly secondsLeft?: number;
}

/** An epoch was done, and validated where there is something to validate on. */
export interface EpochEvent {
  readonly kind: "epoch";
  readonly epoch: number;
  readonly progress: RunProgress;
  readonly validation?: Validation;
  /** True where this is the best validation so far. */
  readonly isBest: boolean;
}

/** The run is over. */
export interface EndEvent {
  readonly kind: "end";
  readonly reason: string;
  readonly progress: RunProgress;
}

export type TrainingEvent = StepEvent | EpochEvent | EndEvent;

/** The training diverged; the networks are as they were after the last good step. */
export class DivergedError extends Error {
  override name = "DivergedError";
}

/**
 * Trains from where `start` is. Ends after a step when the signal fires. What comes out hangs on
 * settings, data and device only: two runs are equal, and so are one run and one that was resumed.
 * @throws {DivergedError} after ten skipped steps in a row.
 */
export async function* train(
  trainer: Trainer,
  data: TrainingData,
  limits: RunLimits,
  start: RunProgress = { step: 0, epochsSinceBest: 0 },
  signal?: AbortSignal,
): AsyncGenerator<TrainingEvent> {
  const batches = prefetch(data);
  const { batchesPerEpoch } = data;
  const startTime = performance.now();
  const lastStep = Math.min(
    limits.maxSteps ?? Infinity,
    (limits.epochs ?? Infinity) * batchesPerEpoch,
  );
  let progress = start;
  const end = (reason: string): EndEvent => ({ kind: "end", reason, progress });
  try {
    while (progress.step < lastStep) {
      const epoch = Math.floor(progress.step / batchesPerEpoch);
      const batch = await batches.batch(epoch, progress.step % batchesPerEpoch);
      const report = await trainer.step(batch, progress.step);
      progress = { ...progress, step: progress.step + 1 };
      const seconds = (performance.now() - startTime) / 1000;
      const rate = (progress.step - start.step) / seconds;
      const left = timeLeft(lastStep - progress.step, rate, seconds, limits.maxMinutes);
      yield {
        ...{ kind: "step", step: progress.step, epoch, ...report },
        ...{ samplesPerSecond: rate * batch.count, secondsLeft: left },
      };
      refuseDivergence(trainer, report);
      if (progress.step % batchesPerEpoch === 0) {
        const event = await epochEvent(trainer, data, epoch, progress);
        progress = event.progress;
        yield event;
        if (limits.earlyStop !== undefined && progress.epochsSinceBest >= limits.earlyStop) {
          return yield end(`${limits.earlyStop} epochs brought nothing better`);
        }
      }
      if (signal?.aborted) return yield end("it was interrupted");
      if (seconds / 60 >= (limits.maxMinutes ?? Infinity)) {
        return yield end(`${limits.maxMinutes} minutes are over`);
      }
    }
    yield end("all steps are done");
  } finally {
    await batches.settle();
  }
}

async function epochEvent(
  trainer: Trainer,
  data: TrainingData,
  epoch: number,
  progress: RunProgress,
): Promise<EpochEvent> {
  const validation = await validate(trainer, data);
  const score = validation?.scores.network.psnr;
  const isBest = score !== undefined && !(score <= (progress.best ?? -Infinity));
  const since = isBest ? 0 : progress.epochsSinceBest + 1;
  const best = isBest ? score : progress.best;
  return {
    ...{ kind: "epoch", epoch, validation, isBest },
    progress: { step: progress.step, best, epochsSinceBest: since },
  };
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

function refuseDivergence(trainer: Trainer, { skipped }: StepReport): void {
  for (const trainee of [trainer.generator, trainer.critic]) {
    if (!trainee || trainee.guard.skippedInRow < MOST_SKIPPED) continue;
    throw new DivergedError(
      `Training was stopped: ${MOST_SKIPPED} steps in a row could not be used, the last since ` +
        `${skipped.at(-1)}. Lower --learning-rate or set --clip-norm; the last good state is kept.`,
    );
  }
}
