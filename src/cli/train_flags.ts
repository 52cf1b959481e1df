import {
  type Augmentation,
  AUGMENTATIONS,
  DEFAULT_SETTINGS,
  InputError,
  type Model,
  type Normalization,
  type RunLimits,
  SMALLEST_CRITIC_PATCH,
  type TrainingSettings,
} from "../../mod.ts";
import deno from "../../deno.json" with { type: "json" };
import { expandInputs } from "./files.ts";
import { say } from "./terminal.ts";
import type { CheckpointPlan, RunConfig } from "./train_config.ts";

/** The flags of `zaugnet train`, as commander gives them. */
export interface TrainFlags {
  readonly output?: string;
  readonly resume?: string;
  readonly variant?: TrainingSettings["variant"];
  readonly init?: string;
  readonly epochs?: number;
  readonly maxSteps?: number;
  readonly maxMinutes?: number;
  readonly earlyStop?: number;
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
  readonly positions?: string;
  readonly normalization?: Normalization;
  readonly validation?: string;
  readonly skipUncorrelated?: boolean;
  readonly without?: readonly Augmentation[];
  readonly checkpointMinutes: number;
  readonly checkpointSteps?: number;
  readonly keepCheckpoints: number;
  readonly adapter?: string;
  readonly memory?: number;
  readonly json?: boolean;
}

/** Epochs where the user bounds the run in no way. */
const DEFAULT_EPOCHS = 100;

/** How a new run is to be; the micro-batch is the whole batch where none was given. */
export async function newConfig(
  stacks: readonly string[],
  flags: TrainFlags,
  init?: Model,
): Promise<Omit<RunConfig, "adapter" | "fingerprint">> {
  const inputs = await expandInputs(stacks);
  const without = new Set(flags.without ?? []);
  return {
    stacks: inputs,
    validation: await validationOf(flags.validation, inputs.length),
    ...{ normalization: flags.normalization, positions: flags.positions },
    ...{ maxSpan: flags.maxSpan, skipUncorrelated: flags.skipUncorrelated ?? false },
    augmentations: AUGMENTATIONS.filter((augmentation) => !without.has(augmentation)),
    init: flags.init,
    settings: settingsOf(flags, init),
    limits: limitsOf(flags),
    checkpoints: checkpointsOf(flags),
    ...{ version: deno.version, deno: Deno.version.deno },
  };
}

/** The limits that were given; a run without any gets a number of epochs. */
export function limitsOf(flags: TrainFlags, resumed = false): RunLimits {
  const { epochs, maxSteps, maxMinutes, earlyStop } = flags;
  const unbounded = [epochs, maxSteps, maxMinutes].every((bound) => bound === undefined);
  const given = unbounded && !resumed ? DEFAULT_EPOCHS : epochs;
  return { epochs: given, maxSteps, maxMinutes, earlyStop };
}

function settingsOf(flags: TrainFlags, init?: Model): TrainingSettings {
  const { batchSize, patchSize, learningRate, lambdaGp, clipNorm, pixelLoss, seed } = flags;
  return {
    ...DEFAULT_SETTINGS,
    variant: flags.variant ?? init?.variant ?? DEFAULT_SETTINGS.variant,
    ...{ batchSize, patchSize, learningRate, lambdaGp, clipNorm, pixelLoss, seed },
    microBatch: Math.min(flags.microBatch ?? batchSize, batchSize),
    criticSteps: flags.nCritic,
    lambdaAdv: flags.lambdaAdv ?? defaultLambdaAdv(patchSize),
  };
}

function defaultLambdaAdv(patchSize: number): number {
  if (patchSize >= SMALLEST_CRITIC_PATCH) return DEFAULT_SETTINGS.lambdaAdv;
  say(
    `WARNING: the critic needs patches of at least ${SMALLEST_CRITIC_PATCH} pixels, not ` +
      `${patchSize}: the generator is trained alone, as with --lambda-adv 0.`,
  );
  return 0;
}

function checkpointsOf(flags: TrainFlags): CheckpointPlan {
  const { checkpointMinutes: minutes, checkpointSteps: steps, keepCheckpoints: keep } = flags;
  return { minutes, steps, keep };
}

async function validationOf(given: string | undefined, stacks: number) {
  if (given === "none") return [];
  if (given === "blocks") return given;
  if (given === "stacks") {
    if (stacks > 1) return given;
    throw new InputError("--validation stacks needs at least two stacks; take blocks.");
  }
  if (given === undefined) return stacks > 1 ? "stacks" : "blocks";
  return await expandInputs(given.split(",").map((path) => path.trim()).filter(Boolean));
}
