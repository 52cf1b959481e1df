import { type AdapterInfo, type Format, InputError, option, phrase } from "../core.ts";
import type { Precision } from "../options/machine.ts";

/**
 * The format in which a prediction's features are kept on adapters that share it. Throws an
 * InputError where halves are asked for and an adapter has no shader-f16.
 */
export function chooseFormat(
  wanted: Precision,
  adapters: readonly Pick<AdapterInfo, "name" | "features">[],
  halvesAreFaster: boolean,
): Format {
  if (wanted === "f32" || wanted === "auto" && !halvesAreFaster) return "f32";
  const without = adapters.find(({ features }) => !features.includes("shader-f16"));
  if (without === undefined) return "f16";
  if (wanted === "auto") return "f32";
  throw new InputError(
    phrase`${without.name} has no shader-f16, which ${option("precision", "f16")} needs: take
      ${option("precision", "f32")}.`,
  );
}
