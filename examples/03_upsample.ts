// Upsamples a stack twofold and writes it as an ImageJ hyperstack.
// deno run --allow-read --allow-write examples/03_upsample.ts STACK.tif MODEL.pt OUTPUT.tif
import { encodeTiff, readModel, upsample } from "../mod.ts";

const [stackPath, modelPath, outputPath] = Deno.args;
const model = readModel(await Deno.readFile(modelPath));
const stack = await upsample(await Deno.readFile(stackPath), {
  model,
  factor: 2,
  onProgress: ({ done, total }) => console.log(`${done} of ${total} slices`),
});
await Deno.writeFile(outputPath, await encodeTiff(stack));
console.log(`${outputPath}: ${stack.info.sizes.z} slices`);
