import {
  DeviceLostError,
  GpuError,
  type GpuErrorPlace,
  GpuOutOfMemoryError,
  GpuValidationError,
} from "./gpu_errors.ts";

/** Runs `create` and reports what the driver has against it as an error of `operation`. */
export type Watch = <T>(
  operation: string,
  create: () => T,
  explain?: (created: T) => Promise<string>,
) => T;

/** How long after a command failed the device's loss may be reported. */
const LOSS_REPORT_MS = 200;

/**
 * Keeps the first error that the driver reports of a device, as a typed one with the operation it
 * belongs to. The driver reports late: what was recorded since is void, and so is the device.
 */
export class ErrorWatch {
  readonly #gpu: GPUDevice;
  readonly #place: () => GpuErrorPlace;
  #failure?: GpuError;
  #closed = false;
  #reports: Promise<void> = Promise.resolve();

  /** `place` tells what is being recorded now, for errors that belong to nothing watched. */
  constructor(gpu: GPUDevice, place: () => GpuErrorPlace) {
    this.#gpu = gpu;
    this.#place = place;
    gpu.addEventListener("uncapturederror", ({ error }) => {
      const at = place();
      this.#inTurn(() => this.#keep(error, at));
    });
    gpu.lost.then(({ message }) => this.#lose(`The device was lost: ${message}`));
  }

  /** As {@link Watch}; `explain` may replace the driver's message by a better one. */
  readonly watch: Watch = (operation, create, explain) => {
    this.#gpu.pushErrorScope("out-of-memory");
    this.#gpu.pushErrorScope("validation");
    const created = create();
    const outcomes = [this.#gpu.popErrorScope(), this.#gpu.popErrorScope()];
    const at = { ...this.#place(), operation };
    this.#inTurn(async () => {
      for (const outcome of outcomes) {
        const error = await outcome;
        if (error) this.#keep(error, at, explain && await explain(created));
      }
    });
    return created;
  };

  /** Throws what went wrong on the device, if anything did. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Waits until the driver has reported on all that was watched. */
  async settle(): Promise<void> {
    await this.#reports;
  }

  /** After a command failed: waits for what may be its cause, a loss that is reported late. */
  async settleFailure(): Promise<void> {
    await this.#reports;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise((resolve) => timer = setTimeout(resolve, LOSS_REPORT_MS));
    await Promise.race([this.#gpu.lost, patience]);
    clearTimeout(timer);
  }

  /** From now on every check throws. */
  close(): void {
    this.#lose("The device was closed");
    this.#closed = true;
  }

  #lose(what: string): void {
    if (!this.#closed) this.#failure ??= new DeviceLostError(what, this.#place());
  }

  /** Errors follow from each other, so that the first one must be the one that is kept. */
  #inTurn(report: () => void | Promise<void>): void {
    // A device that was lost meanwhile answers no scopes; that is reported by itself.
    this.#reports = this.#reports.then(report).catch(() => {});
  }

  #keep(error: GPUError, at: GpuErrorPlace, explanation?: string): void {
    const message = explanation || error.message.trim();
    if (error instanceof GPUOutOfMemoryError) {
      this.#failure ??= new GpuOutOfMemoryError(message, at);
    } else if (error instanceof GPUValidationError) {
      this.#failure ??= new GpuValidationError(message, at);
    } else this.#failure ??= new GpuError(message, at);
  }
}
