import assert from "assert";
import { InputError, readModel, writeModel } from "../../src/core.ts";
import { writeSafetensors } from "../../src/io/safetensors.ts";
import { formulaModel } from "../support/formula_model.ts";

const model = readModel(formulaModel("zaugnet"), "formula");

/** A file with the model's weights under each of these names, plus a number on each first value. */
function several(names: Readonly<Record<string, number>>): Uint8Array {
  const weights = new Map(
    Object.entries(names).flatMap(([name, added]) =>
      [...model.weights].map(([key, { shape, data }]) =>
        [`${name}${key}`, {
          shape,
          data: data.map((value, i) => i === 0 ? value + added : value),
        }] as const
      )
    ),
  );
  return writeSafetensors(weights);
}

Deno.test("readModel() tells of several generators in a file, and reads the one that is named", () => {
  const key = "unet.conv.bias";
  const [first] = model.weights.get(key)!.data;
  for (
    const [bytes, names] of [
      [several({ "generator.": 1, "ema.": 2 }), ["generator", "ema"]],
      [several({ "": 1, "ema.": 2 }), ["model", "ema"]],
    ] as const
  ) {
    const told = new RegExp(`two\\.pt holds 2 generators \\(.*ema.*\\): choose one .* weights`);
    assert.throws(() => readModel(bytes, "two.pt"), { name: "InputError", message: told });
    names.forEach((weights, i) => {
      const [read] = readModel(bytes, "two.pt", { weights }).weights.get(key)!.data;
      assert.equal(read, Math.fround(first + i + 1));
    });
    const none = { name: "InputError", message: /no weights called raw, only/ };
    assert.throws(() => readModel(bytes, "two.pt", { weights: "raw" }), none);
  }
});

for (const value of [NaN, Infinity]) {
  Deno.test(`readModel() refuses ${value} among the weights and names the parameter`, () => {
    model.weights.get("unet.conv.bias")!.data[0] = value;
    assert.throws(() => readModel(writeModel(model), "bad.safetensors"), (error: Error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, /bad\.safetensors.*unet\.conv\.bias holds NaN or infinity/);
      return true;
    });
  });
}
