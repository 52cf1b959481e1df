/**
 * ZAugNet on WebGPU: predicts the z-slices that a microscope did not take, on any adapter.
 *
 * @example Upsample a stack twofold
 * ```ts
 * const model = readModel(await Deno.readFile("model.safetensors"));
 * const stack = await upsample(await Deno.readFile("stack.tif"), { model, factor: 2 });
 * await Deno.writeFile("upsampled.tif", await encodeTiff(stack));
 * ```
 *
 * @example Train on stacks of your own
 * ```ts
 * const stacks = [await Deno.readFile("a.tif"), await Deno.readFile("b.tif")];
 * const model = await train(stacks, { variant: "zaugnet+", maxMinutes: 60 });
 * await Deno.writeFile("model.safetensors", writeModel(model));
 * ```
 * @module
 */

// Whole tasks.
export { upsample, type UpsampleOptions } from "./src/prediction/upsample.ts";
export type { Calibration } from "./src/prediction/calibration_plan.ts";
export type { Progress } from "./src/prediction/progress.ts";
export { train, type TrainOptions } from "./src/training/train.ts";
export type { TrainingEvent } from "./src/training/run.ts";
export { type Model, readModel, writeModel } from "./src/zaugnet/model.ts";
export type { Variant } from "./src/zaugnet/generator.ts";

// Stacks.
export { Stack, type StackDescription } from "./src/stack/memory_stack.ts";
export type { SampleType, Slice, StackInfo, StackReader, VoxelSize } from "./src/stack/stack.ts";
export type { Normalization } from "./src/stack/intensity_window.ts";
export { openStack } from "./src/io/tiff_reader.ts";
export type { StackOptions } from "./src/io/stack_options.ts";
export { encodeTiff } from "./src/io/encode_tiff.ts";
export { type ByteSource, bytesSource } from "./src/io/byte_source.ts";

// Adapters and the engine: tensors, operations, gradients that differentiate again.
export { type AdapterInfo, listAdapters } from "./src/gpu/adapters.ts";
export { Device, type DeviceOptions } from "./src/gpu/device.ts";
export { Tensor } from "./src/autograd/tensor.ts";
export type { Shape } from "./src/autograd/shape.ts";
export { gradient, type GradientOptions } from "./src/autograd/gradient.ts";
export { noGrad, NotDifferentiableError } from "./src/autograd/op.ts";
export { keep, scope } from "./src/autograd/scope.ts";
/** The operations: functions of tensors, each with its gradient. */
export * as ops from "./src/autograd/ops/mod.ts";

// What is thrown.
export { InputError } from "./src/errors.ts";
export type { Face, Message, OptionPart } from "./src/message.ts";
export { TiffError } from "./src/io/tiff_error.ts";
export { CheckpointError } from "./src/io/weights.ts";
export { ShapeError } from "./src/autograd/shape.ts";
export { DivergedError } from "./src/training/run.ts";
export {
  DeviceLostError,
  GpuError,
  GpuOutOfMemoryError,
  TensorTooLargeError,
} from "./src/gpu/gpu_errors.ts";
