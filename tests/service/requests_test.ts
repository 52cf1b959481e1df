import assert from "assert";
import { InputError } from "../../src/errors.ts";
import { readPredictionRequest, readTrainingRequest } from "../../src/service/requests.ts";

const inputs = [{ bytes: 3, sha256: "0a" }];
const prediction = { model: "m", modelSha256: "0b", inputs };

Deno.test("a prediction's job is read out of the queue, with the defaults of options it lacks", () => {
  const repair = { ...prediction, repair: [1, 2], format: "ome" };
  assert.deepEqual(readPredictionRequest(repair), repair);
  assert.deepEqual(readPredictionRequest(prediction), { ...prediction, format: "imagej" });
});

Deno.test("a training's job is read out of the queue, with the defaults of options it lacks", () => {
  const { nCritic, patchSize, inputs: read } = readTrainingRequest({ inputs, patchSize: 64 });
  assert.deepEqual([nCritic, patchSize, read], [5, 64, inputs]);
});

for (
  const [what, read, options, sentence] of [
    ["no object", readPredictionRequest, "text", /model is missing/],
    ["a number as text", readPredictionRequest, { ...prediction, factor: "2" }, /factor: It must/],
    ["an unknown option", readPredictionRequest, { ...prediction, loud: 1 }, /no option loud/],
    ["no stack", readPredictionRequest, { ...prediction, inputs: undefined }, /inputs is missing/],
    ["a damaged stack", readTrainingRequest, { inputs: [{ bytes: "3" }] }, /inputs: It must/],
    ["a patch of 100", readTrainingRequest, { inputs, patchSize: 100 }, /multiple of 16/],
  ] as const
) {
  Deno.test(`a row of the queue with ${what} is refused in a sentence`, () => {
    assert.throws(() => read(options), (error: Error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, /^The job in the queue is damaged, or of another version/);
      assert.match(error.message, sentence);
      return true;
    });
  });
}
