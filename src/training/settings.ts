import { type Bounds, boundsInWords, isWithin } from "../bounds.ts";
import { InputError } from "../errors.ts";
import { option, type OptionPart, phrase } from "../message.ts";
import type { Variant } from "../zaugnet/generator.ts";
import type { PixelLoss } from "./losses.ts";

/** How a network is trained. */
export interface TrainingSettings {
  readonly variant: Variant;
  /** Triplets in a batch, which is one step. */
  readonly batchSize: number;
  /** At most this many of a batch on the device at once; their gradients are added up. */
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

/** What the numbers among the settings may be. */
export const SETTING_BOUNDS = {
  batchSize: { whole: true, least: 1 },
  microBatch: { whole: true, least: 1 },
  patchSize: { whole: true, least: 64, multipleOf: 16 },
  learningRate: { above: 0 },
  criticSteps: { whole: true, least: 1 },
  lambdaAdv: { least: 0 },
  lambdaGp: { least: 0 },
  clipNorm: { least: 0 },
  seed: { whole: true, least: 0 },
} as const satisfies { readonly [name in keyof TrainingSettings]?: Bounds };

/** The critic's weight where none is given: none on patches that are too small for it. */
export function defaultLambdaAdv(patchSize: number): number {
  return patchSize < SMALLEST_CRITIC_PATCH ? 0 : DEFAULT_SETTINGS.lambdaAdv;
}

/** Throws an InputError for settings that can't be trained with. */
export function checkSettings(settings: TrainingSettings): void {
  const { patchSize, lambdaAdv } = settings;
  for (const name of Object.keys(SETTING_BOUNDS) as (keyof typeof SETTING_BOUNDS)[]) {
    const [value, bounds] = [settings[name], SETTING_BOUNDS[name]];
    if (isWithin(value, bounds)) continue;
    throw new InputError(phrase`${optionOf(name)} must be ${boundsInWords(bounds)}, not ${value}.`);
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
