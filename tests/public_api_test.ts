import assert from "assert";
import { fileURLToPath } from "node:url";
import { ops } from "../mod.ts";

/** A change here is a change for users: it belongs into CHANGELOG.md. */
const EXPORTS = `
AUGMENTATIONS AdapterInfo Augmentation Batch ByteSink ByteSource ChannelDisplay Checkpoint
CheckpointError ConvolutionTimer Curve DEFAULT_MEMORY_LIMIT DEFAULT_OVERLAP DEFAULT_SETTINGS
DamageOptions DamagedSlice Device DeviceLostError DeviceMemory DeviceOptions DispatchTime
DivergedError ENSEMBLE_MEMBERS EndEvent EnsembleSlice EpochEvent EvaluationOptions
FlowInterpolator Format Generator GpuError GpuErrorPlace GpuOutOfMemoryError GpuValidationError
GradientExchange GradientOptions GreyImage HostPass InputError Kept KernelTime Model
NORMALIZATIONS NetworkInterpolator NetworkSources Normalization NormalizationOptions Normalizer
NotDifferentiableError Panel ParameterShapes ParameterSource Parameters PredictedSlice
PredictionOptions PredictionPlan Predictor Progress RepairOptions RepairPlan RunLimits RunProgress
RunState SMALLEST_CRITIC_PATCH SOFTWARE_MEMORY_LIMIT SampleOptions SampleStack SampleType
SequenceFile SeriesSummary Shape ShapeError Slice SliceInterpolator SlicePosition SliceRequest
SliceSources StackDigest StackEvaluation StackInfo StackOptions StackOutput StackReader
StackWriter StepEvent StepReport Tensor TensorTooLargeError TiffError Trainer TrainingData
TrainingDataOptions TrainingEvent TrainingSettings TrainingStack TunedConvolution Validation
ValueCalibration Variant VoxelSize XzCut bytesSource carriedOver checkSettings contrastRange
convolutionTimer createStackWriter critic currentModel defaultNormalization drawCurves encodePng
evaluateStack findDamage fittingMicroBatch freshSources generator gradient keep listAdapters
lostIn magnify makeSampleStack namedDamage naturalOrder networkConvolutions networkFits
networkPeakBytes noGrad normalizerFor openSequence openStack ops parameterCount planEnsemble
planPrediction planRepair predictEnsemble predictSlices predictedSlices readModel readState
repairSlices restoreTrainer resumedSources scope sequenceDigest sideBySide stackDigest sumByLabel
timePasses train trainingPeakBytes tuneConvolution unitName validationPicture withoutDamage
withoutTeacher writeModel writeState xzView
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
