import assert from "assert";
import { fileURLToPath } from "node:url";
import { ops } from "../mod.ts";

/** A change here is a change for users: it belongs into CHANGELOG.md. */
const EXPORTS = `
AdapterInfo ByteSink ByteSource Checkpoint CheckpointError DEFAULT_MEMORY_LIMIT DEFAULT_OVERLAP Device
DeviceLostError DeviceOptions Generator GpuError GpuErrorPlace GpuOutOfMemoryError
GpuValidationError GradientOptions GreyImage InputError KernelTime Model NORMALIZATIONS
NetworkInterpolator Normalization NormalizationOptions Normalizer NotDifferentiableError
ParameterShapes ParameterSource Parameters PredictedSlice PredictionOptions PredictionPlan
Progress SampleOptions SampleStack SampleType Shape ShapeError Slice SliceInterpolator
SliceRequest StackDigest StackInfo StackOutput StackReader StackWriter Tensor
TensorTooLargeError TiffError Variant VoxelSize XzCut bytesSource contrastRange
createStackWriter critic defaultNormalization encodePng generator gradient keep listAdapters
magnify makeSampleStack noGrad normalizerFor openStack ops parameterCount planPrediction
predictSlices readModel scope sideBySide stackDigest withoutTeacher writeModel xzView
`;

const OPS = `
abs add affine broadcastTo clamp concat conv2d conv2dPrelu conv2dWeightGradient convTranspose2d
convTranspose2dPrelu decimate divide embedChannels full gaussianBlur gaussianBlurTranspose
greater inRange insertZeros leakyRelu mean multiply prelu resizeBilinear resizeBilinearTranspose
safeReciprocal safeSqrt selectSlope sigmoid sign sliceChannels subtract sum sumTo warp
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
