import type { SliceInterpolator } from "../core.ts";
import type { StoredModel } from "../service/model_store.ts";
import { Problem } from "./problem.ts";
import type { Services } from "./services.ts";

/** The model that a request names; throws a problem where there is none. */
export async function requireModel(
  { models }: Pick<Services, "models">,
  name: string,
  status = 422,
): Promise<StoredModel> {
  const model = await models.get(name);
  if (model) return model;
  throw new Problem(status, `There is no model ${name}; GET /models lists those that are there.`);
}

/**
 * A model as planning and prediction see it, with planes up to a number of pixels; without
 * `interpolate` it is there to plan with only.
 */
export function interpolatorOf(
  variant: StoredModel["variant"],
  mostPixels = Infinity,
  interpolate: SliceInterpolator["interpolate"] = () => Promise.reject(new Error("only a plan")),
): SliceInterpolator {
  return {
    anyDistance: variant === "zaugnet+",
    memoryLimit: Infinity,
    peakBytes: () => 0,
    fits: (batch, height, width) => batch * height * width <= mostPixels,
    interpolate,
  };
}
