import type { Device } from "../gpu/device.ts";
import type { Format } from "../gpu/storage_format.ts";
import { formatShape, sameShape, type Shape, ShapeError } from "./shape.ts";
import { type SampleSum, Tensor } from "./tensor.ts";

/** A gradient that does not exist; asking for it throws. */
export class NotDifferentiableError extends Error {
  override name = "NotDifferentiableError";
}

/** What an operation's gradient rule sees. */
export interface GradientContext<Options> {
  readonly inputs: readonly Tensor[];
  readonly options: Options;
  /** Which of the inputs the gradient is for. */
  readonly index: number;
  /** The operation's result. */
  readonly y: Tensor;
}

/**
 * The gradient for one input, given the gradient `g` of the result, written in operations so that
 * it differentiates again. `"constant"`: the result does not change with this input, or only in
 * jumps (a comparison); no gradient flows. A text: there is a gradient, but no rule for it; the
 * text says why, and asking throws.
 */
export type GradientRule<Options> =
  | ((g: Tensor, context: GradientContext<Options>) => Tensor | SampleSum)
  | "constant"
  | { readonly notDifferentiable: string };

/** All that the engine knows of an operation, in one place. */
export interface OpDefinition<Options> {
  /** Checks the inputs' shapes and answers the result's. */
  shape(shapes: readonly Shape[], options: Options): Shape;
  /** Records the kernels that write `y`. */
  forward(device: Device, inputs: readonly Tensor[], y: Tensor, options: Options): void;
  /** A rule per input; the last serves all further inputs. */
  readonly gradients: readonly GradientRule<Options>[];
  /** The format of the result where it is not the first input's. */
  readonly format?: () => Format;
}

/**
 * An operation: tensors and options in, a tensor out, with its history where one is wanted. Without
 * one, the result may be written into a tensor that is there.
 */
export type Op<Options> = (inputs: readonly Tensor[], options: Options, into?: Tensor) => Tensor;

let recordingHistory = true;

/** True where operations remember how their results came to be. */
export function isRecordingHistory(): boolean {
  return recordingHistory;
}

/** Runs `record` with history switched on or off. */
export function withHistory<T>(enabled: boolean, record: () => T): T {
  const before = recordingHistory;
  recordingHistory = enabled;
  try {
    return record();
  } finally {
    recordingHistory = before;
  }
}

/** Runs `record` without remembering anything for gradients. */
export function noGrad<T>(record: () => T): T {
  return withHistory(false, record);
}

let features: Format = "f32";

/** The format in which the features of a network are kept, as {@link withFeatures} says. */
export function featureFormat(): Format {
  return recordingHistory ? "f32" : features;
}

/**
 * Runs `record` with the features that convolutions answer kept in a format. What a history is
 * recorded of is always f32.
 */
export function withFeatures<T>(format: Format, record: () => T): T {
  const before = features;
  features = format;
  try {
    return record();
  } finally {
    features = before;
  }
}

/** Makes an operation of its definition. */
export function defineOp<Options>(name: string, definition: OpDefinition<Options>): Op<Options> {
  const { gradients } = definition;
  const ruleFor = (index: number) => gradients[Math.min(index, gradients.length - 1)];
  return (inputs, options, into) => {
    const device = inputs[0].device;
    if (inputs.some((input) => input.device !== device)) {
      throw new Error(`${name}: its inputs live on different devices`);
    }
    const shapes = inputs.map((input) => input.shape);
    const place = `${name} ${shapes.map(formatShape).join(" ")}`;
    device.operation = place;
    const shape = checkedShape(name, place, definition, shapes, options);
    const format = definition.format?.() ?? inputs[0].format;
    const flows = inputs.map((input, i) => input.requiresGrad && ruleFor(i) !== "constant");
    const hasHistory = recordingHistory && flows.some(Boolean);
    if (into) {
      if (hasHistory) throw new Error(`${place}: a history needs results in memory of their own`);
      const fits = into.device === device && sameShape(into.shape, shape) && into.format === format;
      if (!fits) {
        throw new ShapeError(`${place}: ${formatShape(into.shape)} does not take its result`);
      }
    }
    const y = into ?? Tensor.empty(device, shape, format);
    try {
      definition.forward(device, inputs, y, options);
    } catch (error) {
      if (!into) y.dispose();
      throw error;
    }
    if (hasHistory) {
      y.requiresGrad = true;
      y.history = {
        inputs,
        backward: (g, wanted) =>
          inputs.map((_, i) => {
            const rule = ruleFor(i);
            if (!wanted[i] || !flows[i] || rule === "constant") return undefined;
            if (typeof rule === "function") return rule(g, { inputs, options, index: i, y });
            throw new NotDifferentiableError(
              `${place} has no gradient for input ${i}: ${rule.notDifferentiable}`,
            );
          }),
      };
    }
    return y;
  };
}

function checkedShape<Options>(
  name: string,
  place: string,
  definition: OpDefinition<Options>,
  shapes: readonly Shape[],
  options: Options,
): Shape {
  try {
    return definition.shape(shapes, options);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new ShapeError(`${name}: ${error.message} (inputs ${place.slice(name.length + 1)})`);
  }
}
