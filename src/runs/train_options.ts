import {
  AUGMENTATIONS,
  DEFAULT_SETTINGS,
  defaultLambdaAdv,
  limitsOf,
  type Message,
  type Model,
  option,
  phrase,
  SMALLEST_CRITIC_PATCH,
  type TrainingSettings,
  type Variant,
} from "../core.ts";
import deno from "../../deno.json" with { type: "json" };
import type { TrainingOptions } from "../options/train.ts";
import type { RunConfig } from "./train_config.ts";

/** A configuration before a device and data are opened. */
export type WantedRun = Omit<RunConfig, "adapter" | "fingerprint">;

/** The files of a run. */
export type RunFiles = Pick<RunConfig, "stacks" | "reading" | "validation" | "positions" | "init">;

/**
 * The settings of a new run; the micro-batch is the whole batch where none was given. `init` is the
 * model that it starts from, `say` hears what is not as asked.
 */
export function newConfig(
  files: RunFiles,
  request: TrainingOptions,
  init: Model | undefined,
  say: (line: Message) => void,
): WantedRun {
  const without = new Set(request.without);
  const { normalization, per = "channel", maxSpan, skipUncorrelated, lambdaAdv } = request;
  const { checkpointMinutes: minutes, checkpointSteps: steps, keepCheckpoints: keep } = request;
  const settings = settingsOf(request, init?.variant);
  if (lambdaAdv === undefined && settings.lambdaAdv === 0) {
    say(
      phrase`WARNING: the critic needs patches of at least ${SMALLEST_CRITIC_PATCH} pixels, not
        ${settings.patchSize}: the generator is trained alone, as with ${option("lambdaAdv", 0)}.`,
    );
  }
  return {
    stacks: files.stacks,
    reading: files.reading,
    validation: files.validation,
    normalization,
    per,
    positions: files.positions,
    maxSpan,
    skipUncorrelated,
    augmentations: AUGMENTATIONS.filter((augmentation) => !without.has(augmentation)),
    init: files.init,
    settings,
    limits: limitsOf(request),
    checkpoints: { minutes, steps, keep },
    version: deno.version,
    deno: Deno.version.deno,
  };
}

/** The settings that are asked for; `variant` is that of the model that is started from. */
export function settingsOf(request: TrainingOptions, variant?: Variant): TrainingSettings {
  const { batchSize, patchSize, microBatch = batchSize, lambdaAdv, nCritic, ...rest } = request;
  const { learningRate, lambdaGp, clipNorm, pixelLoss, seed } = rest;
  return {
    ...DEFAULT_SETTINGS,
    variant: request.variant ?? variant ?? DEFAULT_SETTINGS.variant,
    batchSize,
    microBatch: Math.min(microBatch, batchSize),
    patchSize,
    learningRate,
    criticSteps: nCritic,
    lambdaAdv: lambdaAdv ?? defaultLambdaAdv(patchSize),
    lambdaGp,
    clipNorm,
    pixelLoss,
    seed,
  };
}
