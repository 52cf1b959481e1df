import assert from "assert";
import { type CalibrationMap, mapOf, withMap } from "../../src/calibration/map.ts";
import { InputError } from "../../src/errors.ts";
import { readModel, writeModel } from "../../src/zaugnet/model.ts";
import { formulaModel } from "../support/formula_model.ts";

const MAP: CalibrationMap = {
  corrections: Array.from({ length: 3 }, (_, f) => Array.from({ length: 21 }, (_, i) => f / 7 - i)),
  typical: Array.from({ length: 12 }, (_, b) => [1, b / 3, -1e-9]),
};

Deno.test("a model file gives its map back to the bit, though its weights are halves", () => {
  const model = readModel(formulaModel("zaugnet"));
  const metadata = withMap(model.metadata, MAP);
  const read = readModel(writeModel({ ...model, metadata }, { storage: "F16" }));
  assert.deepEqual(mapOf(read.metadata), MAP);
});

Deno.test("a model without a map has none; one with a map keeps its other metadata", () => {
  const metadata = { "zaugnet.training": "long" };
  assert.equal(mapOf(metadata), undefined);
  assert.equal(withMap(metadata, MAP)["zaugnet.training"], "long");
});

for (
  const [fault, text] of Object.entries({
    "is not JSON": "{",
    "is a number": "3",
    "lacks the typical weights": JSON.stringify({ corrections: MAP.corrections }),
    "has a row too short": JSON.stringify({ ...MAP, typical: [...MAP.typical.slice(1), [1, 2]] }),
    "holds what is not a number": JSON.stringify(MAP).replace("-1e-9", "null"),
  })
) {
  Deno.test(`a map that ${fault} is refused, and the model is named`, () => {
    assert.throws(
      () => mapOf({ "zaugnet.calibration": text }, "m.safetensors"),
      (error: Error) => error instanceof InputError && error.message.startsWith("m.safetensors "),
    );
  });
}
