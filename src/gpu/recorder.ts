import { type Kernel, readingTextures, TEXEL_FORMAT, TEXELS_PER_ROW } from "./kernel.ts";
import type { Storage } from "./buffer_pool.ts";
import type { Watch } from "./error_watch.ts";
import type { Profiler } from "./profiler.ts";

/**
 * Work is submitted when this many dispatches are recorded, so that the device starts early: few
 * where it is idle, then twice as many each time.
 */
const DISPATCH_BOUNDS = { least: 16, most: 128 };
const ARENA_BYTES = 64 * 1024;
const BIND_GROUP_BOUND = 8192;

interface CompiledKernel {
  readonly layout: GPUBindGroupLayout;
  readonly pipelineLayout: GPUPipelineLayout;
  readonly module: GPUShaderModule;
  readonly pipelines: Map<string, GPUComputePipeline>;
  readonly bindGroups: Map<string, GPUBindGroup>;
}

/**
 * Records dispatches into one command buffer. Parameters wait in an arena that is uploaded right
 * before the commands that read them, which keeps uploads and work in order.
 */
export class Recorder {
  /** Where set, every dispatch gets a pass of its own and is timed. */
  profiler?: Profiler;
  private encoder?: GPUCommandEncoder;
  private pass?: GPUComputePassEncoder;
  private dispatches = 0;
  private bound = DISPATCH_BOUNDS.least;
  private arenaUsed = 0;
  private readonly arena: GPUBuffer;
  private readonly arenaView = new DataView(new ArrayBuffer(ARENA_BYTES));
  private readonly alignment: number;
  private readonly compiled = new Map<Kernel, CompiledKernel>();
  private bindGroupCount = 0;
  /** The operations that the recorded commands are of, the first and the last. */
  private operations: [string, string] = ["", ""];

  /** `prefix` is put before shaders that use subgroups (`enable subgroups;` where it is needed). */
  constructor(
    private readonly device: GPUDevice,
    private readonly subgroupPrefix: string,
    private readonly textureOf: ((storage: Storage) => GPUTexture) | undefined,
    private readonly watch: Watch,
  ) {
    this.alignment = device.limits.minUniformBufferOffsetAlignment;
    this.arena = device.createBuffer({
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
    if (this.dispatches >= this.bound || this.arenaUsed + paramBytes > ARENA_BYTES) {
      this.flush();
    }
    const compiled = this.compile(kernel, operation);
    const pipeline = this.pipeline(kernel, compiled, constants, operation);
    const bindGroup = this.bindGroup(kernel, compiled, buffers, operation);
    this.updateMirrors(kernel, buffers);
    const offsets: number[] = [];
    if (paramBytes > 0) {
      kernel.pack(params, this.arenaView, this.arenaUsed);
      offsets.push(this.arenaUsed);
      this.arenaUsed += Math.ceil(paramBytes / this.alignment) * this.alignment;
    }
    this.encoder ??= this.device.createCommandEncoder();
    if (this.profiler) this.pass?.end();
    const timestampWrites = this.profiler?.begin(`${kernel.name}: ${operation}`);
    this.pass = this.profiler
      ? this.encoder.beginComputePass({ timestampWrites })
      : this.pass ?? this.encoder.beginComputePass();
    this.pass.setPipeline(pipeline);
    this.pass.setBindGroup(0, bindGroup, offsets);
    this.pass.dispatchWorkgroups(...workgroups);
    if (this.dispatches++ === 0) this.operations[0] = operation;
    this.operations[1] = operation;
  }

  /** Copies what the kernel reads into its textures, where that is not yet done. */
  private updateMirrors(kernel: Kernel, buffers: Readonly<Record<string, Storage>>): void {
    if (!this.textureOf) return;
    for (const { name, access, texel } of kernel.bindings) {
      const storage = buffers[name];
      const mirror = storage?.mirror;
      if (!mirror) continue;
      if (access === "read_write") mirror.fresh = false;
      if (!texel || mirror.fresh) continue;
      mirror.fresh = true;
      const texture = this.textureOf(storage);
      const rows = Math.ceil(storage.bytes / (TEXELS_PER_ROW * 16));
      this.encode((encoder) =>
        encoder.copyBufferToTexture(
          { buffer: storage.buffer, bytesPerRow: TEXELS_PER_ROW * 16 },
          { texture },
          [TEXELS_PER_ROW, rows],
        )
      );
    }
  }

  /** Records something that is no dispatch: a copy, a clear. */
  encode(record: (encoder: GPUCommandEncoder) => void): void {
    this.pass?.end();
    this.pass = undefined;
    this.encoder ??= this.device.createCommandEncoder();
    record(this.encoder);
  }

  /** Submits what is recorded. */
  flush(): void {
    if (!this.encoder) return;
    this.pass?.end();
    if (this.arenaUsed > 0) {
      this.device.queue.writeBuffer(this.arena, 0, this.arenaView.buffer, 0, this.arenaUsed);
    }
    const encoder = this.encoder;
    const [first, last] = this.operations;
    const operation = first === last ? first : `one of those from ${first} to ${last}`;
    this.watch(operation, () => this.device.queue.submit([encoder.finish()]));
    this.encoder = this.pass = undefined;
    this.dispatches = this.arenaUsed = 0;
    this.bound = Math.min(2 * this.bound, DISPATCH_BOUNDS.most);
  }

  /** Tells that the device is waited for: it will be idle when more is recorded. */
  expectIdle(): void {
    this.bound = DISPATCH_BOUNDS.least;
  }

  /** Forgets the bind groups, which would keep destroyed buffers alive. */
  forgetBindGroups(): void {
    for (const { bindGroups } of this.compiled.values()) bindGroups.clear();
    this.bindGroupCount = 0;
  }

  private compile(kernel: Kernel, operation: string): CompiledKernel {
    const known = this.compiled.get(kernel);
    if (known) return known;
    const entries: GPUBindGroupLayoutEntry[] = kernel.bindings.map(
      ({ access, texel }, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        ...(this.textureOf && texel
          ? { storageTexture: { access: "read-only", format: TEXEL_FORMAT } }
          : { buffer: { type: access === "read" ? "read-only-storage" : "storage" } }),
      }),
    );
    if (kernel.parameters.length > 0) {
      entries.push({
        binding: entries.length,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: "uniform", hasDynamicOffset: true },
      });
    }
    const layout = this.device.createBindGroupLayout({ label: kernel.name, entries });
    const prefix = kernel.usesSubgroups ? this.subgroupPrefix : "";
    const code = prefix + (this.textureOf ? readingTextures(kernel) : kernel.source);
    const compiled = {
      layout,
      pipelineLayout: this.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      module: this.watch(
        operation,
        () => this.device.createShaderModule({ label: kernel.name, code }),
        (module) => compilationErrors(kernel.name, module, prefix ? 1 : 0),
      ),
      pipelines: new Map(),
      bindGroups: new Map(),
    };
    this.compiled.set(kernel, compiled);
    return compiled;
  }

  private pipeline(
    kernel: Kernel,
    compiled: CompiledKernel,
    constants: Readonly<Record<string, number>>,
    operation: string,
  ): GPUComputePipeline {
    let key = "";
    for (const name in constants) key += `${name}=${constants[name]},`;
    let pipeline = compiled.pipelines.get(key);
    if (!pipeline) {
      const { module, pipelineLayout: layout } = compiled;
      const compute = { module, entryPoint: "main", constants: { ...constants } };
      pipeline = this.watch(
        operation,
        () => this.device.createComputePipeline({ label: kernel.name, layout, compute }),
      );
      compiled.pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  private bindGroup(
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
      if (this.bindGroupCount++ > BIND_GROUP_BOUND) this.forgetBindGroups();
      const entries: GPUBindGroupEntry[] = storages.map(
        (storage, binding) => ({
          binding,
          resource: this.textureOf && kernel.bindings[binding].texel
            ? this.textureOf(storage).createView()
            : { buffer: storage.buffer, size: storage.bytes },
        }),
      );
      if (kernel.parameters.length > 0) {
        const size = kernel.parameters.length * 4;
        entries.push({ binding: entries.length, resource: { buffer: this.arena, size } });
      }
      const { layout } = compiled;
      group = this.watch(
        operation,
        () => this.device.createBindGroup({ label: kernel.name, layout, entries }),
      );
      compiled.bindGroups.set(key, group);
    }
    return group;
  }
}

/** What the compiler says against a kernel's source: file, line, column, message. */
async function compilationErrors(
  name: string,
  module: GPUShaderModule,
  linesBefore: number,
): Promise<string> {
  const { messages } = await module.getCompilationInfo();
  return messages.filter(({ type }) => type === "error").map(({ lineNum, linePos, message }) =>
    `${name}.wgsl:${lineNum - linesBefore}:${linePos}: ${message.trim()}`
  ).join("\n");
}
