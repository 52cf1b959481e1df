import assert from "assert";
import type { Scores } from "../../src/evaluation/score_card.ts";
import type { Batch } from "../../src/training/patch_batch.ts";
import {
  DivergedError,
  type RunLimits,
  runTraining,
  type Trainable,
  type TrainingEvent,
} from "../../src/training/run.ts";
import type { BatchSource } from "../../src/training/prefetch.ts";
import type { RunProgress } from "../../src/training/state.ts";
import type { Validation } from "../../src/training/validation.ts";

const EMPTY = new Float32Array();
const BATCH: Batch = {
  before: EMPTY,
  after: EMPTY,
  truth: EMPTY,
  dpm: EMPTY,
  size: 64,
  count: 2,
};

/** Three batches an epoch; notes which were asked for. */
class ThreeBatches implements BatchSource {
  readonly batchesPerEpoch = 3;

  batch(): Promise<Batch> {
    return Promise.resolve(BATCH);
  }
}

/** Skips the steps that it is told to, and answers validations of the PSNR given. */
class FakeTrainer implements Trainable<BatchSource> {
  readonly steps: number[] = [];
  skippedInRow = 0;
  readonly #options: { bad?: (step: number) => boolean; psnr?: readonly number[] };
  #validations = 0;

  constructor(options: { bad?: (step: number) => boolean; psnr?: readonly number[] } = {}) {
    this.#options = options;
  }

  step(_batch: Batch, index: number) {
    this.steps.push(index);
    const bad = this.#options.bad?.(index) ?? false;
    this.skippedInRow = bad ? this.skippedInRow + 1 : 0;
    return Promise.resolve({
      losses: { laplacian: 1 },
      gradientNorms: {},
      skipped: bad ? ["the generator's loss is NaN"] : [],
    });
  }

  validate(): Promise<Validation | undefined> {
    const psnr = this.#options.psnr?.[this.#validations++];
    if (psnr === undefined) return Promise.resolve(undefined);
    const scores = { psnr } as Scores;
    const sample = {
      height: 1,
      width: 1,
      zStep: 1,
      rows: [],
      ...planes,
    };
    return Promise.resolve({
      scores: { network: scores, linear: scores, cubic: scores, adaptive: scores },
      sample,
    });
  }
}

const planes = { before: EMPTY, predicted: EMPTY, truth: EMPTY };

async function eventsOf(
  trainer: FakeTrainer,
  limits: RunLimits,
  start?: RunProgress,
  signal?: AbortSignal,
): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  for await (const event of runTraining(trainer, new ThreeBatches(), limits, start, signal)) {
    events.push(event);
  }
  return events;
}

const kinds = (events: readonly TrainingEvent[]) => events.map(({ kind }) => kind).join(" ");

Deno.test("runTraining() tells each step, each epoch and the end", async () => {
  const events = await eventsOf(new FakeTrainer(), { epochs: 1 });
  assert.equal(kinds(events), "step step step epoch end");
});

Deno.test("runTraining() ends at maxSteps within an epoch", async () => {
  const trainer = new FakeTrainer();
  const end = (await eventsOf(trainer, { epochs: 9, maxSteps: 4 })).at(-1)!;
  assert.deepEqual([trainer.steps, end.progress.step], [[0, 1, 2, 3], 4]);
});

Deno.test("runTraining() counts the steps before a resume", async () => {
  const trainer = new FakeTrainer();
  await eventsOf(trainer, { maxSteps: 5 }, { step: 3, epochsSinceBest: 0 });
  assert.deepEqual(trainer.steps, [3, 4]);
});

Deno.test("runTraining() takes no step where the limit is reached already", async () => {
  const events = await eventsOf(new FakeTrainer(), { maxSteps: 3 }, {
    step: 3,
    epochsSinceBest: 0,
  });
  assert.equal(kinds(events), "end");
});

Deno.test("runTraining() knows the best validation, and ends when nothing better comes", async () => {
  const trainer = new FakeTrainer({ psnr: [20, 30, 25, 24, 23] });
  const events = await eventsOf(trainer, { epochs: 9, earlyStop: 2 });
  const best = events.flatMap((event) => event.kind === "epoch" ? [event.isBest] : []);
  assert.deepEqual(best, [true, true, false, false]);
  assert.deepEqual(events.at(-1)!.progress, { step: 12, best: 30, epochsSinceBest: 2 });
});

Deno.test("runTraining() validates each n-th epoch only, and counts the epochs without a better one", async () => {
  const trainer = new FakeTrainer({ psnr: [30, 20] });
  const events = await eventsOf(trainer, { epochs: 5, validateEvery: 2 });
  assert.equal(kinds(events).replaceAll("step step step", "…"), "… … epoch … … epoch … end");
  assert.equal(events.at(-1)!.progress.epochsSinceBest, 2);
});

Deno.test("runTraining() never takes a score of NaN for the best", async () => {
  const events = await eventsOf(new FakeTrainer({ psnr: [NaN, 20] }), { epochs: 2 });
  const best = events.flatMap((event) => event.kind === "epoch" ? [event.isBest] : []);
  assert.deepEqual(best, [false, true]);
});

Deno.test("runTraining() may be saved after any step but one that a validation follows", async () => {
  const events = await eventsOf(new FakeTrainer(), { epochs: 1 });
  assert.deepEqual(events.map(({ savable }) => savable), [true, true, false, true, true]);
});

Deno.test("runTraining() may not be saved while steps are skipped", async () => {
  const events = await eventsOf(new FakeTrainer({ bad: (step) => step === 1 }), { maxSteps: 3 });
  const steps = events.filter(({ kind }) => kind === "step");
  assert.deepEqual(steps.map(({ savable }) => savable), [true, false, false]);
});

Deno.test("runTraining() ends after the step that is under way when it is interrupted", async () => {
  const controller = new AbortController();
  const trainer = new FakeTrainer();
  controller.abort();
  const end = (await eventsOf(trainer, { epochs: 9 }, undefined, controller.signal)).at(-1)!;
  assert.ok(end.kind === "end" && end.interrupted);
  assert.deepEqual(trainer.steps, [0]);
});

Deno.test("runTraining() gives up after ten skipped steps in a row and says since when", async () => {
  const trainer = new FakeTrainer({ bad: (step) => step === 1 || step >= 4 });
  await assert.rejects(eventsOf(trainer, { epochs: 9 }), (error) => {
    assert.ok(error instanceof DivergedError);
    assert.match(
      error.message,
      /10 steps in a row .* loss is NaN\. Lower learningRate, or set clipNorm\./,
    );
    assert.equal(error.since, 4);
    return true;
  });
  assert.equal(trainer.steps.length, 14);
});
