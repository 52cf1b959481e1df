import type { AdapterInfo } from "./adapters.ts";
import { BufferPool, type Storage } from "./buffer_pool.ts";
import { ErrorWatch } from "./error_watch.ts";
import { GpuError, GpuOutOfMemoryError, TensorTooLargeError } from "./gpu_errors.ts";
import type { Format } from "./storage_format.ts";
import type { Kernel } from "./kernel.ts";
import { textureLoadsAreFaster } from "./load_probe.ts";
import { type DispatchTime, Profiler } from "./profiler.ts";
import { Readback } from "./readback.ts";
import { Recorder } from "./recorder.ts";

/** What may be set when a device is opened. */
export interface DeviceOptions {
  /** Bytes of device memory that may be used; WebGPU does not say how much there is. */
  readonly memoryLimit?: number;
  /** Read inputs through textures; measured on software adapters where not given. */
  readonly readsTextures?: boolean;
}

/** Taken where nothing else is said: what an integrated GPU or a small card can spare. */
export const DEFAULT_MEMORY_LIMIT = 2 * 1024 ** 3;

/** The same for software adapters, whose device memory is the host's. */
export const SOFTWARE_MEMORY_LIMIT = 1024 ** 3;

/**
 * An open device: memory and recorded work. Recording is synchronous and only {@link read} waits.
 * Errors of the driver are kept and thrown by the next call, with the operation they belong to.
 */
export class Device {
  /** What is being recorded, for error messages: the operation with its shapes. */
  operation = "";
  /** Kernels that were measured to be faster here than those of the rules, by what they compute. */
  kernelChoices: ReadonlyMap<string, string> = new Map();
  readonly #gpu: GPUDevice;
  readonly #pool: BufferPool;
  readonly #recorder: Recorder;
  readonly #errors: ErrorWatch;
  readonly #readback: Readback;

  private constructor(
    readonly adapter: AdapterInfo,
    gpu: GPUDevice,
    /** True where subgroup kernels can run. */
    readonly subgroups: boolean,
    readonly memoryLimit: number,
    /** True where kernels read their inputs through textures, which is faster here. */
    readonly readsTextures: boolean,
  ) {
    this.#gpu = gpu;
    this.#errors = new ErrorWatch(gpu, () => this.#place);
    this.#pool = new BufferPool(gpu, readsTextures);
    this.#readback = new Readback(gpu);
    // Chrome lists the feature and wants the directive; Deno does neither.
    const listed = adapter.features.includes("subgroups");
    const prefix = listed ? "enable subgroups;\n" : "";
    const textureOf = readsTextures
      ? (storage: Storage) =>
        storage.mirror?.texture ??
          this.#errors.watch(this.operation, () => this.#pool.mirrorTexture(storage))
      : undefined;
    this.#recorder = new Recorder(gpu, prefix, textureOf, this.#errors.watch);
  }

  /** Opens a device with all the limits that the adapter has. */
  static async open(adapter: AdapterInfo, options: DeviceOptions = {}): Promise<Device> {
    const { gpuAdapter } = adapter;
    const { limits } = gpuAdapter;
    const requiredLimits = {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
    };
    const optional = ["timestamp-query", "shader-f16"].filter((f) =>
      gpuAdapter.features.has(f)
    ) as GPUFeatureName[];
    // Deno grants subgroups without listing them, so asking is the only way to know.
    const withSubgroups = [...optional, "subgroups" as GPUFeatureName];
    const request = (requiredFeatures: GPUFeatureName[]) =>
      gpuAdapter.requestDevice({ requiredFeatures, requiredLimits });
    let subgroups = true;
    const gpu = await request(withSubgroups).catch(() => {
      subgroups = false;
      return request(optional);
    });
    const readsTextures = options.readsTextures ??
      (adapter.type === "software" && gpu.features.has("timestamp-query") &&
        await textureLoadsAreFaster(gpu));
    const memoryLimit = options.memoryLimit ??
      (adapter.type === "software" ? SOFTWARE_MEMORY_LIMIT : DEFAULT_MEMORY_LIMIT);
    return new Device(adapter, gpu, subgroups, memoryLimit, readsTextures);
  }

  /** Bytes in use now. */
  get liveBytes(): number {
    return this.#pool.liveBytes;
  }

  /** The most bytes in use at once since {@link resetPeak}. */
  get peakBytes(): number {
    return this.#pool.peakBytes;
  }

  resetPeak(): void {
    this.#pool.resetPeak();
  }

  /**
   * Takes device memory; its content is whatever was there.
   * @throws {TensorTooLargeError} over the adapter's binding limit.
   * @throws {GpuOutOfMemoryError} over the memory limit.
   */
  allocate(bytes: number, format: Format = "f32"): Storage {
    this.#check();
    const maxBytes = this.#pool.maxBytes(format);
    if (bytes > maxBytes) {
      throw new TensorTooLargeError(
        `A tensor of ${mib(bytes)} is over this adapter's binding limit of ${mib(maxBytes)}; ` +
          `take a smaller batch or smaller tiles`,
        this.#place,
      );
    }
    const reused = this.#pool.reuse(bytes, format);
    if (reused) return reused;
    if (this.#pool.heldBytes + this.#pool.cost(bytes, format) > this.memoryLimit) {
      this.#recorder.flush();
      this.#recorder.forgetBindGroups();
      this.#pool.trim();
    }
    if (this.#pool.heldBytes + this.#pool.cost(bytes, format) > this.memoryLimit) {
      throw new GpuOutOfMemoryError(
        `${mib(bytes)} more would exceed the memory limit of ${mib(this.memoryLimit)} ` +
          `(${mib(this.liveBytes)} in use); take a smaller batch or smaller tiles, ` +
          `or raise the limit`,
        this.#place,
      );
    }
    return this.#errors.watch(this.operation, () => this.#pool.create(bytes, format));
  }

  release(storage: Storage): void {
    this.#pool.release(storage);
  }

  /** Records one dispatch of a kernel. */
  run(
    kernel: Kernel,
    buffers: Readonly<Record<string, Storage>>,
    params: Readonly<Record<string, number>>,
    workgroups: readonly [number, number, number],
    constants: Readonly<Record<string, number>> = {},
  ): void {
    this.#check();
    this.#recorder.dispatch(kernel, buffers, params, workgroups, constants, this.operation);
  }

  /** Records setting a buffer to zero. */
  clear(storage: Storage): void {
    this.#check();
    if (storage.mirror) storage.mirror.fresh = false;
    this.#recorder.encode((encoder) => encoder.clearBuffer(storage.buffer));
  }

  /** Records copying a part of a buffer into another, all of them in bytes. */
  copy(source: Storage, from: number, target: Storage, to: number, bytes: number): void {
    this.#check();
    if (target.mirror) target.mirror.fresh = false;
    this.#recorder.encode((encoder) =>
      encoder.copyBufferToBuffer(source.buffer, from, target.buffer, to, bytes)
    );
  }

  /** Uploads values, from a byte on, after all that was recorded before. */
  write(storage: Storage, data: Float32Array, from = 0): void {
    this.#check();
    if (storage.mirror) storage.mirror.fresh = false;
    this.#recorder.flush();
    this.#gpu.queue.writeBuffer(storage.buffer, from, data);
  }

  /** Submits what is recorded, so that the device works while the next step is prepared. */
  flush(): void {
    this.#recorder.flush();
  }

  /** Submits, waits, and answers a copy of the values. */
  async read(storage: Storage): Promise<Float32Array<ArrayBuffer>> {
    const [values] = await this.readParts(storage, 1);
    return values;
  }

  /** The same in this many arrays of one length. */
  async readParts(storage: Storage, parts: number): Promise<Float32Array<ArrayBuffer>[]> {
    this.#check();
    const { bytes } = storage;
    const copies = this.#errors.watch(this.operation, () => this.#readback.take(bytes));
    this.#recorder.encode((encoder) => {
      for (const copy of copies) encoder.copyBufferToBuffer(storage.buffer, 0, copy, 0, bytes);
    });
    this.#recorder.flush();
    this.#recorder.expectIdle();
    try {
      const values = await this.#readback.values(copies, bytes, parts);
      await this.#errors.settle();
      this.#check();
      return values;
    } catch (error) {
      if (error instanceof GpuError) throw error;
      await this.#errors.settleFailure();
      this.#check();
      throw new GpuError(`Reading back failed: ${(error as Error).message}`, this.#place, {
        cause: error,
      });
    }
  }

  /** Starts to time every dispatch; slower, and needs the feature "timestamp-query". */
  startProfile(): void {
    if (!this.#gpu.features.has("timestamp-query")) {
      throw new GpuError("This adapter has no timestamp queries, so nothing is timed", this.#place);
    }
    this.#recorder.profiler = new Profiler(this.#gpu);
  }

  /** Every dispatch since {@link startProfile}, in their order; stops the timing. */
  async stopProfile(): Promise<DispatchTime[]> {
    this.#recorder.flush();
    const times = await this.#recorder.profiler?.report() ?? [];
    this.#recorder.profiler = undefined;
    return times;
  }

  /** Frees everything; the device can't be used after. */
  close(): void {
    this.#errors.close();
    this.#gpu.destroy();
  }

  get #place() {
    return { adapter: this.adapter.name, operation: this.operation };
  }

  #check(): void {
    this.#errors.check();
  }
}

function mib(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
