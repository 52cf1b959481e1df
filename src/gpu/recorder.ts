import { rowBytes, type Storage } from "./buffer_pool.ts";
import { type CompiledKernel, CompiledKernels } from "./compiled_kernels.ts";
import type { Kernel } from "./kernel.ts";
import { TEXELS_PER_ROW } from "./kernel_variant.ts";
import type { Watch } from "./error_watch.ts";
import type { Profiler } from "./profiler.ts";

/**
 * Work is submitted when this many dispatches are recorded, so that the device starts early: few
 * where it is idle, then twice as many each time.
 */
const DISPATCH_BOUNDS = { least: 16, most: 128 };
const ARENA_BYTES = 64 * 1024;
const BIND_GROUP_BOUND = 8192;

/**
 * Records dispatches into one command buffer. Parameters wait in an arena that is uploaded right
 * before the commands that read them, which keeps uploads and work in order.
 */
export class Recorder {
  /** Where set, every dispatch gets its own pass and is timed. */
  profiler?: Profiler;
  readonly #device: GPUDevice;
  readonly #textureOf: ((storage: Storage) => GPUTexture) | undefined;
  readonly #watch: Watch;
  #encoder?: GPUCommandEncoder;
  #pass?: GPUComputePassEncoder;
  #dispatches = 0;
  #bound = DISPATCH_BOUNDS.least;
  #arenaUsed = 0;
  readonly #arena: GPUBuffer;
  readonly #arenaView = new DataView(new ArrayBuffer(ARENA_BYTES));
  readonly #alignment: number;
  readonly #compiled: CompiledKernels;
  #bindGroupCount = 0;
  /** The operations that the recorded commands are of, the first and the last. */
  #operations: [string, string] = ["", ""];

  /** `prefix` is put before shaders that use subgroups (`enable subgroups;` where it is needed). */
  constructor(
    device: GPUDevice,
    subgroupPrefix: string,
    textureOf: ((storage: Storage) => GPUTexture) | undefined,
    watch: Watch,
  ) {
    this.#device = device;
    this.#textureOf = textureOf;
    this.#watch = watch;
    this.#compiled = new CompiledKernels(device, subgroupPrefix, textureOf !== undefined, watch);
    this.#alignment = device.limits.minUniformBufferOffsetAlignment;
    this.#arena = device.createBuffer({
      size: ARENA_BYTES,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
  }

  dispatch(
    kernel: Kernel,
    buffers: Readonly<Record<string, Storage>>,
    params: Readonly<Record<string, number>>,
    workgroups: readonly [number, number, number],
    constants: Readonly<Record<string, number>>,
    operation: string,
  ): void {
    const paramBytes = kernel.parameters.length * 4;
    if (this.#dispatches >= this.#bound || this.#arenaUsed + paramBytes > ARENA_BYTES) {
      this.flush();
    }
    const compiled = this.#compiled.of(kernel, buffers, operation);
    const pipeline = this.#compiled.pipeline(compiled, constants, operation);
    const bindGroup = this.#bindGroup(kernel, compiled, buffers, operation);
    this.#updateMirrors(kernel, buffers);
    const offsets: number[] = [];
    if (paramBytes > 0) {
      kernel.pack(params, this.#arenaView, this.#arenaUsed);
      offsets.push(this.#arenaUsed);
      this.#arenaUsed += Math.ceil(paramBytes / this.#alignment) * this.#alignment;
    }
    this.#encoder ??= this.#device.createCommandEncoder();
    if (this.profiler) this.#pass?.end();
    const timestampWrites = this.profiler?.begin(`${kernel.name}: ${operation}`);
    this.#pass = this.profiler
      ? this.#encoder.beginComputePass({ timestampWrites })
      : this.#pass ?? this.#encoder.beginComputePass();
    this.#pass.setPipeline(pipeline);
    this.#pass.setBindGroup(0, bindGroup, offsets);
    this.#pass.dispatchWorkgroups(...workgroups);
    if (this.#dispatches++ === 0) this.#operations[0] = operation;
    this.#operations[1] = operation;
  }

  /** Copies what the kernel reads into its textures, where that is not yet done. */
  #updateMirrors(kernel: Kernel, buffers: Readonly<Record<string, Storage>>): void {
    if (!this.#textureOf) return;
    for (const { name, access, texel } of kernel.bindings) {
      const storage = buffers[name];
      const mirror = storage?.mirror;
      if (!mirror) continue;
      const copied = mirror.fresh;
      mirror.fresh = access === "read" && (texel || copied);
      if (!texel || copied) continue;
      const texture = this.#textureOf(storage);
      const bytesPerRow = rowBytes(storage.format);
      const rows = Math.ceil(storage.bytes / bytesPerRow);
      this.encode((encoder) =>
        encoder.copyBufferToTexture(
          { buffer: storage.buffer, bytesPerRow },
          { texture },
          [TEXELS_PER_ROW, rows],
        )
      );
    }
  }

  /** Records something that is not a dispatch: a copy, a clear. */
  encode(record: (encoder: GPUCommandEncoder) => void): void {
    this.#pass?.end();
    this.#pass = undefined;
    this.#encoder ??= this.#device.createCommandEncoder();
    record(this.#encoder);
  }

  /** Submits what is recorded. */
  flush(): void {
    if (!this.#encoder) return;
    this.#pass?.end();
    if (this.#arenaUsed > 0) {
      this.#device.queue.writeBuffer(this.#arena, 0, this.#arenaView.buffer, 0, this.#arenaUsed);
    }
    const encoder = this.#encoder;
    const [first, last] = this.#operations;
    const operation = first === last ? first : `one of those from ${first} to ${last}`;
    this.#watch(operation, () => this.#device.queue.submit([encoder.finish()]));
    this.#encoder = this.#pass = undefined;
    this.#dispatches = this.#arenaUsed = 0;
    this.#bound = Math.min(2 * this.#bound, DISPATCH_BOUNDS.most);
  }

  /** Tells that the device is waited for: it will be idle when more is recorded. */
  expectIdle(): void {
    this.#bound = DISPATCH_BOUNDS.least;
  }

  /** Forgets the bind groups, which would keep destroyed buffers alive. */
  forgetBindGroups(): void {
    this.#compiled.forgetBindGroups();
    this.#bindGroupCount = 0;
  }

  #bindGroup(
    kernel: Kernel,
    compiled: CompiledKernel,
    buffers: Readonly<Record<string, Storage>>,
    operation: string,
  ): GPUBindGroup {
    const storages = kernel.bindings.map(({ name }) => {
      const storage = buffers[name];
      if (!storage) throw new Error(`Kernel ${kernel.name} lacks buffer ${name}`);
      return storage;
    });
    let key = "";
    for (const { id, bytes } of storages) key += `${id}:${bytes},`;
    let group = compiled.bindGroups.get(key);
    if (!group) {
      if (this.#bindGroupCount++ > BIND_GROUP_BOUND) this.forgetBindGroups();
      const entries: GPUBindGroupEntry[] = compiled.slots.map(({ name, binding, texture }) => {
        const storage = buffers[name];
        const resource = texture
          ? this.#textureOf!(storage).createView()
          : { buffer: storage.buffer, size: storage.bytes };
        return { binding, resource };
      });
      if (kernel.parameters.length > 0) {
        const size = kernel.parameters.length * 4;
        const resource = { buffer: this.#arena, size };
        entries.push({ binding: kernel.bindings.length, resource });
      }
      const { layout } = compiled;
      group = this.#watch(
        operation,
        () => this.#device.createBindGroup({ label: kernel.name, layout, entries }),
      );
      compiled.bindGroups.set(key, group);
    }
    return group;
  }
}
