import assert from "assert";
import { readModel } from "../../src/core.ts";
import { writeSafetensors } from "../../src/io/safetensors.ts";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { formulaModel } from "../support/formula_model.ts";

const KEY = "unet.conv.bias";
const { weights } = readModel(formulaModel("zaugnet"), "formula");

/** Raw weights, and averaged ones whose first bias is 1 more. */
function twoGenerators(): Uint8Array<ArrayBuffer> {
  const averaged = weights.get(KEY)!;
  const moved = { ...averaged, data: averaged.data.map((value, i) => i === 0 ? value + 1 : value) };
  return writeSafetensors(
    new Map(
      [...weights].flatMap(([name, tensor]) => [
        [`generator.${name}`, tensor] as const,
        [`ema.${name}`, name === KEY ? moved : tensor] as const,
      ]),
    ),
  );
}

Deno.test("convert --weights takes one of a file's networks, and without it names them", () =>
  inTemporaryFolder(async (folder) => {
    const path = `${folder}/two.safetensors`;
    await Deno.writeFile(path, twoGenerators());
    const convert = (name: string, ...flags: string[]) =>
      runCli("convert", path, `${folder}/${name}.safetensors`, ...flags);
    const first = weights.get(KEY)!.data[0];
    for (const [name, value] of [["generator", first], ["ema", Math.fround(first + 1)]] as const) {
      const { code, stderr } = await convert(name, "--weights", name);
      assert.equal(code, 0, stderr);
      const made = readModel(await Deno.readFile(`${folder}/${name}.safetensors`), name);
      assert.equal(made.weights.get(KEY)!.data[0], value);
    }
    const untold = await convert("untold");
    assert.equal(untold.code, 2);
    assert.match(untold.stderr, /holds 2 generators \(.*ema.*\): choose one .* --weights NAME/);
    const none = await convert("none", "--weights", "raw");
    assert.equal(none.code, 2);
    assert.match(none.stderr, /no weights called raw, only/);
  }));
