import { InputError, namedDamage, planPositions, planRepair, type StackInfo } from "../core.ts";
import type { PredictionWish } from "../options/predict.ts";
import { BUNDLED_MODELS, type BundledModel } from "./bundled_models.ts";
import { readingOf } from "../options/stack_input.ts";
import { stackInfo } from "./stack_info.ts";
import type { StackPath } from "./stack_path.ts";

/**
 * The model that comes with the program and fits what is asked of all these stacks: ZAugNet, or
 * ZAugNet+ where one of them needs it. A stack that neither can do is refused when its turn comes.
 */
export async function fittingModel(
  inputs: readonly StackPath[],
  options: PredictionWish,
): Promise<BundledModel> {
  for (const input of inputs) {
    const info = await stackInfo(input, readingOf(options));
    if (info && needsPlus(info, options)) return ofVariant("zaugnet+");
  }
  return ofVariant("zaugnet");
}

/** The model that comes with the program and fits what is asked of a stack. */
export function fittingModelFor(info: StackInfo, options: PredictionWish): BundledModel {
  return ofVariant(needsPlus(info, options) ? "zaugnet+" : "zaugnet");
}

function ofVariant(variant: BundledModel["variant"]): BundledModel {
  return BUNDLED_MODELS.find((model) => model.variant === variant)!;
}

/** True where ZAugNet+ can do what is asked, and ZAugNet can't. */
function needsPlus(info: StackInfo, options: PredictionWish): boolean {
  const { repair } = options;
  // What is damaged is not known yet, and may be any number of slices in a row.
  if (repair === "auto") return true;
  const plan = (anyDistance: boolean) =>
    repair
      ? planRepair(info, anyDistance, namedDamage(info, repair))
      : planPositions(info, anyDistance, options);
  return !can(() => plan(false)) && can(() => plan(true));
}

function can(plan: () => unknown): boolean {
  try {
    plan();
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}
