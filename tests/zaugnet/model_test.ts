import assert from "assert";
import { InputError, readModel, writeModel } from "../../src/core.ts";
import { formulaModel } from "../support/formula_model.ts";

const model = readModel(formulaModel("zaugnet"), "formula");

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
