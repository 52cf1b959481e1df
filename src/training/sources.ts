import { InputError } from "../errors.ts";
import { option, phrase } from "../message.ts";
import { initialParameters } from "../nn/init.ts";
import type { ParameterSource } from "../nn/module.ts";
import { asZAugNetPlus, type Model } from "../zaugnet/model.ts";
import type { TrainingSettings } from "./settings.ts";
import { type RunState, stateSource } from "./state.ts";

/** Where both networks get their parameters from. */
export interface NetworkSources {
  readonly generator: ParameterSource;
  readonly critic: ParameterSource;
}

/**
 * Parameters for a new run: those of `init`, if given, and fresh ones by the seed for all that it
 * lacks (the critic; the teacher, where it was left out). A ZAugNet is widened where a ZAugNet+ is
 * to be trained. Throws an InputError for the other way round.
 */
export function freshSources({ seed, variant }: TrainingSettings, init?: Model): NetworkSources {
  const [fresh, critic] = [initialParameters(seed), initialParameters(seed)];
  if (!init) return { generator: fresh, critic };
  if (init.variant === "zaugnet+" && variant === "zaugnet") {
    throw new InputError(
      phrase`The model to start from is a ZAugNet+, which no ZAugNet can be made of: train with
        ${option("variant", "zaugnet+")}.`,
    );
  }
  const { weights } = init.variant === variant ? init : asZAugNetPlus(init);
  return {
    generator: { get: (name, shape) => weights.get(name) ?? fresh.get(name, shape) },
    critic,
  };
}

/** Parameters of a run that goes on. */
export function resumedSources(state: RunState): NetworkSources {
  return { generator: stateSource(state, "generator"), critic: stateSource(state, "critic") };
}
