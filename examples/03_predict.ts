// Upsamples a stack twofold, slice by slice, and writes an ImageJ hyperstack.
// deno run --allow-read --allow-write examples/03_predict.ts STACK.tif MODEL.pt OUTPUT.tif
import {
  bytesSource,
  createStackWriter,
  Device,
  listAdapters,
  NetworkInterpolator,
  normalizerFor,
  openStack,
  planPrediction,
  predictSlices,
  readModel,
} from "../mod.ts";

const [stackPath, modelPath, outputPath] = Deno.args;
const model = readModel(await Deno.readFile(modelPath), modelPath);
const reader = await openStack(bytesSource(await Deno.readFile(stackPath), stackPath));

const [adapter] = await listAdapters();
const device = await Device.open(adapter);
const network = new NetworkInterpolator(device, model);
const plan = planPrediction(reader.info, network, { factor: 2 });
const normalizer = await normalizerFor(reader);

const file = await Deno.open(outputPath, { write: true, create: true, truncate: true });
const sink = {
  async write(bytes: Uint8Array) {
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  },
};
const { sizes, voxelSize } = plan;
const { sampleType } = reader.info;
const writer = createStackWriter(sink, { format: "imagej", sizes, sampleType, voxelSize });
for await (const { slice } of predictSlices(reader, network, plan, { normalizer })) {
  await writer.writeSlice(slice);
}
await writer.close();
file.close();
device.close();
console.log(`${outputPath}: ${reader.info.sizes.z} -> ${sizes.z} slices`);
