import { InputError } from "../errors.ts";
import { option, phrase } from "../message.ts";
import { initialParameters } from "../nn/init.ts";
import { asZAugNetPlus, type Model, modelWidths } from "../zaugnet/model.ts";
import { criticWidths, generatorWidths, PAPER_WIDTHS } from "../zaugnet/widths.ts";
import type { NetworkSources } from "./network_sources.ts";
import type { TrainingSettings } from "./settings.ts";
import { type RunState, stateSource } from "./state.ts";

/**
 * Parameters for a new run: those of `init`, if given, and of its widths, and fresh ones by the seed
 * for all that it lacks (the critic; the teacher, where it was left out). A ZAugNet is widened where
 * a ZAugNet+ is to be trained. Throws an InputError for the other way round.
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
    widths: { generator: modelWidths(init), critic: PAPER_WIDTHS.critic },
  };
}

/** Parameters of a resumed run. */
export function resumedSources(state: RunState): NetworkSources {
  const shapeIn = (network: string) => (name: string) =>
    state.tensors.get(`${network}.${name}`)?.shape;
  return {
    generator: stateSource(state, "generator"),
    critic: stateSource(state, "critic"),
    widths: {
      generator: generatorWidths(shapeIn("generator")),
      critic: criticWidths(shapeIn("critic")),
    },
  };
}
