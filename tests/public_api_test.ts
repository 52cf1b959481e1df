import assert from "assert";
import { fileURLToPath } from "node:url";
import { ops } from "../mod.ts";

/** A change here is a change for users: it belongs into CHANGELOG.md. */
const EXPORTS = `
AdapterInfo ByteSource Calibration CheckpointError Device DeviceLostError DeviceOptions DivergedError Face GpuError
GpuOutOfMemoryError GradientOptions InputError Message Model Normalization NotDifferentiableError OptionPart Progress
SampleType Shape ShapeError Slice Stack StackDescription StackInfo StackOptions StackReader Tensor
TensorTooLargeError TiffError TrainOptions TrainingEvent UpsampleOptions Variant VoxelSize bytesSource
encodeTiff gradient keep listAdapters noGrad openStack ops readModel scope train upsample writeModel
`;

const OPS = `
abs add affine averagePool2d broadcastTo clamp concat conv2d conv2dPrelu conv2dWeightGradient convTranspose2d
convTranspose2dPrelu decimate divide embedChannels full gaussianBlur gaussianBlurTranspose
greater inRange insertZeros leakyRelu maxPool2d mean multiply prelu reframe resizeBilinear resizeBilinearTo resizeBilinearTranspose
safeReciprocal safeSqrt selectBatch selectSlope sigmoid sign sliceChannels subtract sum sumTo warp
`;

const words = (text: string) => text.trim().split(/\s+/);

interface Documentation {
  readonly nodes: Readonly<Record<string, { readonly symbols: readonly { name: string }[] }>>;
}

Deno.test("mod.ts exports these names, values and types", () => {
  const path = fileURLToPath(new URL("../mod.ts", import.meta.url));
  const { stdout, stderr, success } = new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", path],
  }).outputSync();
  assert.ok(success, new TextDecoder().decode(stderr));
  const { nodes }: Documentation = JSON.parse(new TextDecoder().decode(stdout));
  const names = Object.values(nodes).flatMap(({ symbols }) => symbols.map(({ name }) => name));
  assert.deepEqual(names.sort(), words(EXPORTS));
});

Deno.test("ops holds these operations", () => {
  assert.deepEqual(Object.keys(ops).sort(), words(OPS));
});
