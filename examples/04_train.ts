// Goes on with the training of a model, on a stack of one's own, for a few steps.
// deno run --allow-read --allow-write examples/04_train.ts STACK.tif MODEL.safetensors OUTPUT.safetensors
import { readModel, train, writeModel } from "../mod.ts";

const [stackPath, modelPath, outputPath] = Deno.args;
const model = await train([await Deno.readFile(stackPath)], {
  init: readModel(await Deno.readFile(modelPath)),
  lambdaAdv: 0,
  patchSize: 64,
  batchSize: 2,
  maxSteps: 3,
  onEvent(event) {
    if (event.kind === "step") console.log(event.progress.step, event.losses.laplacian);
  },
});
await Deno.writeFile(outputPath, writeModel(model));
