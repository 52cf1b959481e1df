import {
  type Augmentation,
  InputError,
  type Normalization,
  type NormalizedPart,
  type RunLimits,
  type TrainingSettings,
} from "../core.ts";
import type { StackPath } from "../files/stack_path.ts";
import type { StackReading } from "../options/stack_input.ts";

/** The whole of a run but its state: what config.json holds. */
export interface RunConfig {
  /** Paths as they were given, folders and patterns resolved. */
  readonly stacks: readonly StackPath[];
  /** What the user said of them; nothing in runs of older versions. */
  readonly reading?: StackReading;
  readonly validation: "stacks" | "blocks" | readonly StackPath[];
  readonly normalization?: Normalization;
  /** Older versions measured whole stacks, and said nothing of it. */
  readonly per?: NormalizedPart;
  /** A file with the z of each slice. */
  readonly positions?: string;
  readonly maxSpan: number;
  readonly augmentations: readonly Augmentation[];
  readonly skipUncorrelated: boolean;
  /** The model that was started from. */
  readonly init?: string;
  readonly settings: TrainingSettings;
  readonly limits: RunLimits;
  readonly checkpoints: CheckpointPlan;
  /** What it was started with. */
  readonly adapter: string;
  readonly version: string;
  readonly deno: string;
  /** Of the stacks; a run is resumed with the same data only. */
  readonly fingerprint: string;
}

/** When checkpoints are written, beside those at the end of each epoch, and how many are kept. */
export interface CheckpointPlan {
  readonly minutes: number;
  readonly steps?: number;
  readonly keep: number;
}

/** Limits of a resumed run: those given now take the place of those before. */
export function resumedLimits(before: RunLimits, now: RunLimits): RunLimits {
  // An older bound on the length must not end what a newer one lengthens.
  const { epochs, maxSteps, ...rest } = before;
  const length = now.epochs === undefined && now.maxSteps === undefined ? { epochs, maxSteps } : {};
  const given = Object.entries(now).filter(([, value]) => value !== undefined);
  return { ...rest, ...length, ...Object.fromEntries(given) };
}

/** Reads config.json. Throws an InputError for what is none. */
export function parseConfig(bytes: Uint8Array, path: string): RunConfig {
  try {
    const config: RunConfig = JSON.parse(new TextDecoder().decode(bytes));
    if (Array.isArray(config.stacks) && config.settings && config.limits && config.checkpoints) {
      return config;
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new InputError(`${path} is not a configuration of a training run.`);
}

/** The bytes of config.json. */
export function configBytes(config: RunConfig): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(config, null, 2)}\n`);
}
