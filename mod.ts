/**
 * ZAugNet on WebGPU: predicts the z-slices that a microscope did not take, on any adapter.
 *
 * @example Upsample a stack twofold
 * ```ts
 * const [adapter] = await listAdapters();
 * const device = await Device.open(adapter);
 * const model = readModel(await Deno.readFile("model.pt"), "model.pt");
 * const reader = await openStack(bytesSource(await Deno.readFile("stack.tif")));
 * const network = new NetworkInterpolator(device, model);
 * const plan = planPrediction(reader.info, network, { factor: 2 });
 * const normalizer = await normalizerFor(reader);
 * for await (const { z, slice } of predictSlices(reader, network, plan, { normalizer })) {
 *   console.log(z, slice.length);
 * }
 * ```
 * @module
 */
export { InputError } from "./src/errors.ts";

export { type AdapterInfo, listAdapters } from "./src/gpu/adapters.ts";
export {
  DEFAULT_MEMORY_LIMIT,
  Device,
  type DeviceOptions,
  SOFTWARE_MEMORY_LIMIT,
} from "./src/gpu/device.ts";
export * from "./src/gpu/errors.ts";
export type { Format } from "./src/gpu/format.ts";
export { type DispatchTime, type KernelTime, sumByLabel } from "./src/gpu/profiler.ts";

export { gradient, type GradientOptions } from "./src/autograd/gradient.ts";
export { noGrad, NotDifferentiableError } from "./src/autograd/op.ts";
export { keep, scope } from "./src/autograd/scope.ts";
export { type Shape, ShapeError } from "./src/autograd/shape.ts";
export { Tensor } from "./src/autograd/tensor.ts";
export * as ops from "./src/autograd/ops/mod.ts";
export {
  type ConvolutionTimer,
  convolutionTimer,
  tuneConvolution,
  type TunedConvolution,
} from "./src/autograd/ops/tune_convolution.ts";

export { Parameters, ParameterShapes, type ParameterSource } from "./src/nn/module.ts";
export { critic } from "./src/zaugnet/critic.ts";
export { type Generator, generator, type Variant } from "./src/zaugnet/generator.ts";
export {
  type Model,
  parameterCount,
  readModel,
  withoutTeacher,
  writeModel,
} from "./src/zaugnet/model.ts";

export { type ByteSink, type ByteSource, bytesSource } from "./src/io/byte_source.ts";
export { carriedOver, predictedSlices, type SliceSources } from "./src/io/carried_over.ts";
export { unitName } from "./src/io/length_units.ts";
export {
  naturalOrder,
  openSequence,
  sequenceDigest,
  type SequenceFile,
} from "./src/io/sequence.ts";
export { type StackOptions } from "./src/io/stack_options.ts";
export { TiffError } from "./src/io/tiff_error.ts";
export { openStack, type StackDigest, stackDigest } from "./src/io/tiff_reader.ts";
export { lostIn, type StackOutput } from "./src/io/stack_output.ts";
export { createStackWriter, type StackWriter } from "./src/io/tiff_writer.ts";
export { type Checkpoint, CheckpointError } from "./src/io/weights.ts";

export {
  defaultNormalization,
  type Normalization,
  type NormalizationOptions,
  NORMALIZATIONS,
  Normalizer,
  normalizerFor,
} from "./src/stack/normalizer.ts";
export {
  contrastRange,
  encodePng,
  type GreyImage,
  magnify,
  sideBySide,
  type XzCut,
  xzView,
} from "./src/stack/views.ts";
export {
  makeSampleStack,
  type SampleOptions,
  type SampleStack,
} from "./src/sample/sample_stack.ts";
export type {
  ChannelDisplay,
  Kept,
  SampleType,
  SeriesSummary,
  Slice,
  SlicePosition,
  StackInfo,
  StackReader,
  ValueCalibration,
  VoxelSize,
} from "./src/stack/stack.ts";

export type { Predictor, SliceInterpolator, SliceRequest } from "./src/prediction/interpolator.ts";
export {
  type DeviceMemory,
  networkFits,
  networkPeakBytes,
} from "./src/prediction/network_capacity.ts";
export { type DamagedSlice, type DamageOptions, findDamage } from "./src/prediction/damage.ts";
export {
  ENSEMBLE_MEMBERS,
  type EnsembleSlice,
  planEnsemble,
  predictEnsemble,
} from "./src/prediction/ensemble.ts";
export {
  namedDamage,
  planRepair,
  type RepairOptions,
  type RepairPlan,
  repairSlices,
  withoutDamage,
} from "./src/prediction/repair.ts";
export { FlowInterpolator } from "./src/prediction/flow_interpolator.ts";
export { networkConvolutions } from "./src/prediction/network_convolutions.ts";
export { NetworkInterpolator } from "./src/prediction/network_interpolator.ts";
export { timePasses } from "./src/prediction/network_passes.ts";
export {
  planPrediction,
  type PredictionOptions,
  type PredictionPlan,
} from "./src/prediction/plan.ts";
export { type PredictedSlice, predictSlices } from "./src/prediction/predict.ts";
export { DEFAULT_OVERLAP } from "./src/prediction/tiles.ts";
export type { Progress } from "./src/prediction/progress.ts";

export {
  evaluateStack,
  type EvaluationOptions,
  type StackEvaluation,
} from "./src/evaluation/evaluate.ts";

export { type Augmentation, AUGMENTATIONS } from "./src/training/augment.ts";
export { type Batch, TrainingData, type TrainingDataOptions } from "./src/training/dataset.ts";
export type { GradientExchange, HostPass } from "./src/training/exchange.ts";
export { type Curve, drawCurves, type Panel } from "./src/training/curves.ts";
export { fittingMicroBatch, trainingPeakBytes } from "./src/training/memory.ts";
export {
  DivergedError,
  type EndEvent,
  type EpochEvent,
  type RunLimits,
  type StepEvent,
  train,
  type TrainingEvent,
} from "./src/training/run.ts";
export {
  checkSettings,
  DEFAULT_SETTINGS,
  SMALLEST_CRITIC_PATCH,
  type TrainingSettings,
} from "./src/training/settings.ts";
export { freshSources, type NetworkSources, resumedSources } from "./src/training/sources.ts";
export type { TrainingStack } from "./src/training/stacks.ts";
export {
  currentModel,
  readState,
  restoreTrainer,
  type RunProgress,
  type RunState,
  writeState,
} from "./src/training/state.ts";
export { type StepReport, Trainer } from "./src/training/trainer.ts";
export type { Validation } from "./src/training/validation.ts";
export { validationPicture } from "./src/training/validation_picture.ts";
