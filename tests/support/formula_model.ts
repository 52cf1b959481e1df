import { BANDS } from "../../src/calibration/bands.ts";
import { withMap } from "../../src/calibration/map.ts";
import { type Model, writeModel } from "../../src/core.ts";
import type { Variant } from "../../src/zaugnet/generator.ts";
import { generatorShapes } from "../../src/zaugnet/model.ts";
import type { GeneratorWidths } from "../../src/zaugnet/widths.ts";
import { Formula } from "./formula.ts";

/** A network that a software adapter runs in no time; channels that fill quads and that do not. */
export const SMALL_WIDTHS: GeneratorWidths = { blocks: [24, 18, 10], context: 4 };

/**
 * The bytes of a checkpoint, without the teacher, with the formula's weights: untrained, but finite
 * and always alike. What is said of kernels, memory or speed takes the paper's widths.
 */
export function formulaModel(
  variant: Variant,
  widths = SMALL_WIDTHS,
  metadata: Model["metadata"] = {},
): Uint8Array<ArrayBuffer> {
  const formula = new Formula(0);
  const weights = new Map(
    [...generatorShapes(variant, false, widths)].map(([name, shape]) => [
      name,
      { shape, data: formula.parameter(`${variant}/${name}`, shape) },
    ]),
  );
  return writeModel({ variant, weights, hasTeacher: false, metadata, notes: [] });
}

/** A file with {@link formulaModel}, removed when the tests of a file are over. */
export function formulaModelFile(
  variant: Variant,
  widths = SMALL_WIDTHS,
  metadata: Model["metadata"] = {},
): string {
  const path = Deno.makeTempFileSync({ suffix: ".safetensors" });
  Deno.writeFileSync(path, formulaModel(variant, widths, metadata));
  globalThis.addEventListener("unload", () => Deno.removeSync(path));
  return path;
}

/** A map that corrects nothing: a stack's own fit, and the mean of linear and the network. */
export const PLAIN_MAP = withMap({}, {
  corrections: Array.from({ length: 3 }, () => new Array<number>(21).fill(0)),
  typical: Array.from({ length: BANDS }, () => [1, 0, 0.5]),
});
