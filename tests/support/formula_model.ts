import { writeModel } from "../../src/core.ts";
import type { Variant } from "../../src/zaugnet/generator.ts";
import { generatorShapes } from "../../src/zaugnet/model.ts";
import { Formula } from "./formula.ts";

/** The bytes of a checkpoint, without the teacher, with the formula's weights: untrained, but finite and always alike. */
export function formulaModel(variant: Variant): Uint8Array<ArrayBuffer> {
  const formula = new Formula(0);
  const weights = new Map(
    [...generatorShapes(variant, false)].map(([name, shape]) => [
      name,
      { shape, data: formula.parameter(`${variant}/${name}`, shape) },
    ]),
  );
  return writeModel({ variant, weights, hasTeacher: false, metadata: {}, notes: [] });
}

/** A file with {@link formulaModel}, removed when the tests of a file are over. */
export function formulaModelFile(variant: Variant): string {
  const path = Deno.makeTempFileSync({ suffix: ".safetensors" });
  Deno.writeFileSync(path, formulaModel(variant));
  globalThis.addEventListener("unload", () => Deno.removeSync(path));
  return path;
}
