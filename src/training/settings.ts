import { InputError } from "../errors.ts";
import { option, type OptionPart, phrase } from "../message.ts";
import type { Variant } from "../zaugnet/generator.ts";
import type { PixelLoss } from "./losses.ts";

/** How a network is trained. */
export interface TrainingSettings {
  readonly variant: Variant;
  /** Triplets in a batch, which is one step. */
  readonly batchSize: number;
  /** At most so many of a batch on the device at once; their gradients are added up. */
  readonly microBatch: number;
  /** Side of the patches in pixels, a multiple of 16. */
  readonly patchSize: number;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  /** The generator steps at every n-th batch, the critic at each; ignored without a critic. */
  readonly criticSteps: number;
  /** Weight of the critic in the generator's loss; 0 trains the generator alone. */
  readonly lambdaAdv: number;
  /** Weight of the gradient penalty in the critic's loss. */
  readonly lambdaGp: number;
  /** Gradients are shortened to this norm; 0 leaves them as they are (as the paper does). */
  readonly clipNorm: number;
  readonly pixelLoss: PixelLoss;
  readonly seed: number;
}

/** The paper's settings (its code's config), with a patch for its instability: clipped gradients. */
export const DEFAULT_SETTINGS: TrainingSettings = {
  variant: "zaugnet",
  batchSize: 8,
  microBatch: 8,
  patchSize: 256,
  learningRate: 1e-4,
  beta1: 0.5,
  beta2: 0.999,
  criticSteps: 5,
  lambdaAdv: 1e-3,
  lambdaGp: 10,
  clipNorm: 1,
  pixelLoss: "full",
  seed: 0,
};

/** Epochs of a run that nothing else bounds. */
export const DEFAULT_EPOCHS = 100;

/** The side that a patch must have for the critic's last 4 x 4 kernel to fit after six halvings. */
export const SMALLEST_CRITIC_PATCH = 256;

/** Whether the generator steps at a batch: at each, or at every n-th beside a critic. */
export function generatorSteps(
  { lambdaAdv, criticSteps }: TrainingSettings,
  index: number,
): boolean {
  return lambdaAdv === 0 || index % criticSteps === 0;
}

/** Throws an InputError for settings that can't be trained with. */
export function checkSettings(settings: TrainingSettings): void {
  const { patchSize, lambdaAdv } = settings;
  for (const name of ["batchSize", "microBatch", "patchSize", "criticSteps"] as const) {
    if (!(Number.isInteger(settings[name]) && settings[name] >= 1)) {
      throw new InputError(
        phrase`${optionOf(name)} must be a whole number of at least 1, not ${settings[name]}.`,
      );
    }
  }
  if (patchSize % 16 !== 0 || patchSize < 64) {
    throw new InputError(
      phrase`${option("patchSize")} must be a multiple of 16 and at least 64, not ${patchSize}.`,
    );
  }
  for (const name of ["lambdaAdv", "lambdaGp", "clipNorm"] as const) {
    if (!(settings[name] >= 0 && Number.isFinite(settings[name]))) {
      throw new InputError(phrase`${optionOf(name)} must be 0 or more, not ${settings[name]}.`);
    }
  }
  if (!(settings.learningRate > 0 && Number.isFinite(settings.learningRate))) {
    throw new InputError(
      phrase`${option("learningRate")} must be more than 0, not ${settings.learningRate}.`,
    );
  }
  if (lambdaAdv > 0 && patchSize < SMALLEST_CRITIC_PATCH) {
    throw new InputError(
      phrase`The critic needs patches of at least ${SMALLEST_CRITIC_PATCH} pixels, not ${patchSize}:
        take larger patches, or train without it (${option("lambdaAdv", 0)}).`,
    );
  }
}

/** The option that a setting is given by: of one name, but for this. */
function optionOf(name: keyof TrainingSettings): OptionPart {
  return option(name === "criticSteps" ? "nCritic" : name);
}
