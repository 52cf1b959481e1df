import { withoutAlpha } from "../stack/reader_views.ts";
import type { Device } from "../gpu/device.ts";
import { withDevice } from "../gpu/with_device.ts";
import { bytesSource } from "../io/byte_source.ts";
import { openStack } from "../io/tiff_reader.ts";
import { type NormalizationOptions, normalizerFor } from "../stack/normalizer.ts";
import type { StackReader } from "../stack/stack.ts";
import type { Model } from "../zaugnet/model.ts";
import { TrainingData, type TrainingDataOptions } from "./dataset.ts";
import { fittingMicroBatch } from "./memory.ts";
import { limitsOf, type RunLimits, runTraining, type TrainingEvent } from "./run.ts";
import {
  checkSettings,
  DEFAULT_SETTINGS,
  defaultLambdaAdv,
  type TrainingSettings,
} from "./settings.ts";
import { freshSources } from "./sources.ts";
import type { TrainingStack } from "./stacks.ts";
import { currentModel } from "./state.ts";
import { Trainer } from "./trainer.ts";

/** What {@link train} takes besides the stacks; what is left out is as `zaugnet train` has it. */
export interface TrainOptions
  extends
    Partial<TrainingSettings>,
    RunLimits,
    Pick<TrainingDataOptions, "maxSpan" | "augmentations" | "skipUncorrelated">,
    Pick<NormalizationOptions, "normalization" | "per" | "range" | "percentiles"> {
  /** A model to start from; a ZAugNet may become a ZAugNet+. */
  readonly init?: Model;
  /** Held back to choose the best epoch: whole stacks, or the last 15 % of each one's slices. */
  readonly validation?: "stacks" | "blocks";
  /** What computes; by default the preferred adapter, opened for this call alone. */
  readonly device?: Device;
  /** Ends the training after a step; what was learnt so far is answered. */
  readonly signal?: AbortSignal;
  /** Called at each step, at each epoch and at the end. */
  readonly onEvent?: (event: TrainingEvent) => void;
}

/**
 * Trains a network on stacks without labels (paper, sections 4.2.3 and 4.3): TIFFs' bytes or readers
 * in, a model out, that of the best validation. Nothing is saved on the way; `zaugnet train` keeps
 * checkpoints. Throws an InputError for what can't be trained on or with, and a DivergedError after
 * ten steps in a row that could not be used.
 */
export async function train(
  stacks: readonly (Uint8Array<ArrayBuffer> | StackReader)[],
  options: TrainOptions = {},
): Promise<Model> {
  const { init, signal, onEvent } = options;
  const { variant = init?.variant ?? DEFAULT_SETTINGS.variant } = options;
  const given = Object.keys(DEFAULT_SETTINGS) as (keyof TrainingSettings)[];
  const own = Object.fromEntries(
    given.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  );
  const { patchSize = DEFAULT_SETTINGS.patchSize } = options;
  const lambdaAdv = defaultLambdaAdv(patchSize);
  const asked: TrainingSettings = { ...DEFAULT_SETTINGS, lambdaAdv, ...own, variant };
  return await withDevice(options.device, async (device) => {
    const { microBatch = fittingMicroBatch(device, asked, asked.batchSize) } = options;
    const settings = { ...asked, microBatch };
    checkSettings(settings);
    const data = await TrainingData.open(await trainingStacks(stacks, options), {
      ...options,
      ...settings,
      signal,
    });
    const trainer = new Trainer(device, settings, freshSources(settings, init));
    try {
      let best: Model | undefined;
      for await (const event of runTraining(trainer, data, limitsOf(options), undefined, signal)) {
        onEvent?.(event);
        if (event.kind === "epoch" && event.isBest) best = await currentModel(trainer, {});
      }
      return best ?? await currentModel(trainer, {});
    } finally {
      trainer.dispose();
      data.close();
    }
  });
}

async function trainingStacks(
  stacks: readonly (Uint8Array<ArrayBuffer> | StackReader)[],
  options: TrainOptions,
): Promise<TrainingStack[]> {
  const { normalization, per, range, percentiles, signal } = options;
  const opened: TrainingStack[] = [];
  for (const [index, stack] of stacks.entries()) {
    const given = stack instanceof Uint8Array
      ? await openStack(bytesSource(stack, `stack ${index + 1}`))
      : stack;
    const reader = withoutAlpha(given);
    opened.push({
      reader,
      normalizer: await normalizerFor(reader, { normalization, per, range, percentiles, signal }),
    });
  }
  return opened;
}
