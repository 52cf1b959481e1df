/**
 * What the faces use of the core: the inner door. Programs of users enter by mod.ts.
 * @module
 */
export { InputError, MachineError } from "./errors.ts";
export {
  type Face,
  isMessage,
  joined,
  kebabCase,
  type Message,
  option,
  type OptionPart,
  phrase,
  place,
  placeInWords,
  render,
  valueText,
  withTexts,
} from "./message.ts";

export { type AdapterInfo, listAdapters } from "./gpu/adapters.ts";
export {
  DEFAULT_MEMORY_LIMIT,
  Device,
  type DeviceOptions,
  SOFTWARE_MEMORY_LIMIT,
} from "./gpu/device.ts";
export * from "./gpu/gpu_errors.ts";
export type { Format } from "./gpu/storage_format.ts";
export { type DispatchTime, type KernelTime, sumByLabel } from "./gpu/profiler.ts";

export { gradient, type GradientOptions } from "./autograd/gradient.ts";
export { noGrad, NotDifferentiableError, withFeatures } from "./autograd/op.ts";
export { keep, scope } from "./autograd/scope.ts";
export { type Shape, ShapeError } from "./autograd/shape.ts";
export { Tensor } from "./autograd/tensor.ts";
export * as ops from "./autograd/ops/mod.ts";
export {
  type ConvolutionTimer,
  convolutionTimer,
  isClearlyFaster,
  tuneConvolution,
  type TunedConvolution,
} from "./autograd/ops/tune_convolution.ts";

export { Parameters, ParameterShapes, type ParameterSource } from "./nn/module.ts";
export { critic } from "./zaugnet/critic.ts";
export { type Generator, generator, type Variant, VARIANTS } from "./zaugnet/generator.ts";
export {
  type Model,
  parameterCount,
  readModel,
  withoutTeacher,
  writeModel,
} from "./zaugnet/model.ts";

export { type ByteSink, type ByteSource, bytesSource } from "./io/byte_source.ts";
export { TiffError } from "./io/tiff_error.ts";
export { openStack, type StackDigest, stackDigest } from "./io/tiff_reader.ts";
export { naturalOrder, openSequence, sequenceDigest, type SequenceFile } from "./io/sequence.ts";
export { type StackOptions } from "./io/stack_options.ts";
export { carriedOver, predictedSlices, type SliceSources } from "./io/carried_over.ts";
export { micrometres, unitName } from "./io/length_units.ts";
export { lostIn, type StackOutput } from "./io/stack_output.ts";
export { createStackWriter, type StackWriter } from "./io/tiff_writer.ts";
export { type Checkpoint, CheckpointError } from "./io/weights.ts";

export { type Normalization, NORMALIZATIONS } from "./stack/intensity_window.ts";
export {
  defaultNormalization,
  measuredParts,
  type NormalizationOptions,
  NORMALIZED_PARTS,
  type NormalizedPart,
  Normalizer,
  normalizerFor,
  normalizerOfPart,
  type StackNormalizer,
} from "./stack/normalizer.ts";
export {
  contrastRange,
  encodePng,
  type GreyImage,
  magnify,
  sideBySide,
  type XzCut,
  xzView,
} from "./stack/views.ts";
export { Formula } from "./sample/formula_weights.ts";
export { makeSampleStack, type SampleOptions, type SampleStack } from "./sample/sample_stack.ts";
export { withoutAlpha } from "./stack/reader_views.ts";
export { pictureChannels } from "./stack/stack.ts";
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
} from "./stack/stack.ts";
export { BASELINES } from "./stack/taps.ts";

export { largestBatch } from "./prediction/capacity.ts";
export type { BandFilter } from "./calibration/band_filter.ts";
export { type Calibration, CALIBRATIONS } from "./prediction/calibration_plan.ts";
export { type LearningStack, learnMap, leaveGroupsOut, teaches } from "./calibration/learn.ts";
export { withMap } from "./calibration/map.ts";
export { learningStacks } from "./prediction/learning_stacks.ts";
export { fitCompletion } from "./prediction/calibration.ts";
export type {
  Calibrator,
  Predictor,
  SliceInterpolator,
  SliceRequest,
} from "./prediction/interpolator.ts";
export { type DeviceMemory, networkFits, networkPeakBytes } from "./prediction/network_capacity.ts";
export { type DamagedSlice, type DamageOptions, findDamage } from "./prediction/damage.ts";
export {
  ENSEMBLE_MEMBERS,
  type EnsembleSlice,
  planEnsemble,
  predictEnsemble,
} from "./prediction/ensemble.ts";
export {
  namedDamage,
  planRepair,
  type RepairOptions,
  type RepairPlan,
  repairSlices,
  withoutDamage,
} from "./prediction/repair.ts";
export { FlowInterpolator } from "./prediction/flow_interpolator.ts";
export { networkConvolutions } from "./prediction/network_convolutions.ts";
export { NetworkInterpolator } from "./prediction/network_interpolator.ts";
export { timePasses } from "./prediction/network_passes.ts";
export { type Method, METHODS, planMethod, predictByMethod } from "./prediction/methods.ts";
export {
  CALLS_PER_DEVICE,
  planPrediction,
  type PredictionOptions,
  type PredictionPlan,
} from "./prediction/plan.ts";
export { type PredictedSlice, predictSlices } from "./prediction/predict.ts";
export { sourcesOf } from "./prediction/resample.ts";
export { DEFAULT_FACTOR, planPositions } from "./prediction/positions.ts";
export { DEFAULT_OVERLAP } from "./prediction/tiles.ts";
export type { Progress } from "./prediction/progress.ts";

export {
  evaluateStack,
  type EvaluationOptions,
  type StackEvaluation,
} from "./evaluation/evaluate.ts";

export { type Augmentation, AUGMENTATIONS } from "./training/augment.ts";
export type { Batch } from "./training/patch_batch.ts";
export { DEFAULT_MAX_SPAN, TrainingData, type TrainingDataOptions } from "./training/dataset.ts";
export type { GradientExchange, HostPass } from "./training/exchange.ts";
export { type Curve, drawCurves, type Panel } from "./training/curves.ts";
export { PIXEL_LOSSES } from "./training/losses.ts";
export {
  fittingMicroBatch,
  SOFTWARE_TRAINING_MEMORY,
  trainingMemory,
  trainingPeakBytes,
} from "./training/memory.ts";
export {
  DEFAULT_VALIDATE_EVERY,
  DivergedError,
  type EndEvent,
  type EpochEvent,
  limitsOf,
  type RunLimits,
  runTraining,
  type StepEvent,
  type TrainingEvent,
} from "./training/run.ts";
export {
  checkSettings,
  DEFAULT_EPOCHS,
  DEFAULT_SETTINGS,
  defaultLambdaAdv,
  SETTING_BOUNDS,
  SMALLEST_CRITIC_PATCH,
  type TrainingSettings,
} from "./training/settings.ts";
export type { NetworkSources } from "./training/network_sources.ts";
export { freshSources, resumedSources } from "./training/sources.ts";
export type { TrainingStack } from "./training/stacks.ts";
export {
  currentModel,
  readState,
  restoreTrainer,
  type RunProgress,
  type RunState,
  writeState,
} from "./training/state.ts";
export { type StepReport, Trainer } from "./training/trainer.ts";
export type { Validation } from "./training/validation.ts";
export { validationPicture } from "./training/validation_picture.ts";
