/** Where on a device something went wrong. */
export interface GpuErrorPlace {
  /** The adapter's name, as `zaugnet adapters` shows it. */
  readonly adapter: string;
  /** The operation with its shapes, such as "conv2d [1,9,64,64] [32,9,3,3]". */
  readonly operation: string;
}

/** A fault of the device or of what was asked of it; names the operation, shapes and adapter. */
export class GpuError extends Error {
  override name = "GpuError";
  readonly adapter: string;
  readonly operation: string;

  constructor(what: string, place: GpuErrorPlace, options?: ErrorOptions) {
    super(`${what} (at ${place.operation || "start"}, on ${place.adapter})`, options);
    this.adapter = place.adapter;
    this.operation = place.operation;
  }
}

/** The device is gone: a driver reset, an unplugged card, or `close()`. */
export class DeviceLostError extends GpuError {
  override name = "DeviceLostError";
}

/** The driver refused a command: a fault of this engine. */
export class GpuValidationError extends GpuError {
  override name = "GpuValidationError";
}

/** The device's memory, or the budget set for it, is used up. */
export class GpuOutOfMemoryError extends GpuError {
  override name = "GpuOutOfMemoryError";
}

/** One tensor is larger than the adapter can bind. */
export class TensorTooLargeError extends GpuError {
  override name = "TensorTooLargeError";
}
