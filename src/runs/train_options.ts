import {
  type Augmentation,
  AUGMENTATIONS,
  DEFAULT_SETTINGS,
  limitsOf,
  type Message,
  type Model,
  type Normalization,
  option,
  phrase,
  SMALLEST_CRITIC_PATCH,
  type TrainingSettings,
} from "../core.ts";
import deno from "../../deno.json" with { type: "json" };
import type { RunConfig } from "./train_config.ts";

/** How a training is asked for, named as the flags of `zaugnet train`, without any path. */
export interface TrainingOptions {
  readonly variant?: TrainingSettings["variant"];
  readonly epochs?: number;
  readonly maxSteps?: number;
  readonly maxMinutes?: number;
  readonly earlyStop?: number;
  readonly validateEvery?: number;
  readonly batchSize: number;
  readonly microBatch?: number;
  readonly patchSize: number;
  readonly learningRate: number;
  readonly lambdaAdv?: number;
  readonly lambdaGp: number;
  readonly nCritic: number;
  readonly clipNorm: number;
  readonly pixelLoss: TrainingSettings["pixelLoss"];
  readonly seed: number;
  readonly maxSpan: number;
  readonly normalization?: Normalization;
  readonly skipUncorrelated?: boolean;
  readonly without?: readonly Augmentation[];
  readonly checkpointMinutes: number;
  readonly checkpointSteps?: number;
  readonly keepCheckpoints: number;
}

/** A configuration before a device and data are opened. */
export type WantedRun = Omit<RunConfig, "adapter" | "fingerprint">;

/** The files of a run. */
export type RunFiles = Pick<RunConfig, "stacks" | "validation" | "positions" | "init">;

/**
 * How a new run is to be; the micro-batch is the whole batch where none was given. `init` is the
 * model that it starts from, `say` hears what is not as asked.
 */
export function newConfig(
  files: RunFiles,
  request: TrainingOptions,
  init: Model | undefined,
  say: (line: Message) => void,
): WantedRun {
  const without = new Set(request.without ?? []);
  const { normalization, maxSpan, skipUncorrelated = false } = request;
  const { checkpointMinutes: minutes, checkpointSteps: steps, keepCheckpoints: keep } = request;
  return {
    ...{ stacks: files.stacks, validation: files.validation },
    ...{ normalization, positions: files.positions, maxSpan, skipUncorrelated },
    augmentations: AUGMENTATIONS.filter((augmentation) => !without.has(augmentation)),
    init: files.init,
    settings: settingsOf(request, init, say),
    limits: limitsOf(request),
    checkpoints: { minutes, steps, keep },
    ...{ version: deno.version, deno: Deno.version.deno },
  };
}

function settingsOf(
  request: TrainingOptions,
  init: Model | undefined,
  say: (line: Message) => void,
): TrainingSettings {
  const { batchSize, patchSize, learningRate, lambdaGp, clipNorm, pixelLoss, seed } = request;
  return {
    ...DEFAULT_SETTINGS,
    variant: request.variant ?? init?.variant ?? DEFAULT_SETTINGS.variant,
    ...{ batchSize, patchSize, learningRate, lambdaGp, clipNorm, pixelLoss, seed },
    microBatch: Math.min(request.microBatch ?? batchSize, batchSize),
    criticSteps: request.nCritic,
    lambdaAdv: request.lambdaAdv ?? defaultLambdaAdv(patchSize, say),
  };
}

function defaultLambdaAdv(patchSize: number, say: (line: Message) => void): number {
  if (patchSize >= SMALLEST_CRITIC_PATCH) return DEFAULT_SETTINGS.lambdaAdv;
  say(
    phrase`WARNING: the critic needs patches of at least ${SMALLEST_CRITIC_PATCH} pixels, not
      ${patchSize}: the generator is trained alone, as with ${option("lambdaAdv", 0)}.`,
  );
  return 0;
}
