import { InputError } from "../errors.ts";
import { initialParameters } from "../nn/init.ts";
import type { ParameterSource } from "../nn/module.ts";
import type { Model } from "../zaugnet/model.ts";
import type { TrainingSettings } from "./settings.ts";
import { type RunState, stateSource } from "./state.ts";

/** Where both networks get their parameters from. */
export interface NetworkSources {
  readonly generator: ParameterSource;
  readonly critic: ParameterSource;
}

/**
 * Parameters for a new run: those of `init`, if given, and fresh ones by the seed for all that it
 * lacks (the critic; the teacher, where it was left out). Throws an InputError where `init` is a
 * model of the other variant.
 */
export function freshSources({ seed, variant }: TrainingSettings, init?: Model): NetworkSources {
  const critic = initialParameters(seed);
  if (!init) return { generator: initialParameters(seed), critic };
  if (init.variant !== variant) {
    throw new InputError(
      `The model to start from is of the variant ${init.variant}, and ${variant} is to be trained.`,
    );
  }
  const fresh = initialParameters(seed);
  return {
    generator: { get: (name, shape) => init.weights.get(name) ?? fresh.get(name, shape) },
    critic,
  };
}

/** Parameters of a run that goes on. */
export function resumedSources(state: RunState): NetworkSources {
  return { generator: stateSource(state, "generator"), critic: stateSource(state, "critic") };
}
