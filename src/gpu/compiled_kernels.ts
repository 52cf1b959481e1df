import type { Storage } from "./buffer_pool.ts";
import type { Watch } from "./error_watch.ts";
import type { Kernel } from "./kernel.ts";
import { keepingHalves, readingTextures, TEXEL_FORMATS } from "./kernel_variant.ts";

/** A kernel as a device has it, for buffers of some formats. */
export interface CompiledKernel {
  readonly name: string;
  readonly layout: GPUBindGroupLayout;
  readonly pipelineLayout: GPUPipelineLayout;
  readonly module: GPUShaderModule;
  readonly pipelines: Map<string, GPUComputePipeline>;
  readonly bindGroups: Map<string, GPUBindGroup>;
}

/** A device's kernels, each compiled when it is first used. */
export class CompiledKernels {
  /** Of each kernel by the names of the arrays that it keeps in half precision. */
  private readonly compiled = new Map<Kernel, Map<string, CompiledKernel>>();

  /** `subgroupPrefix` is put before shaders that use subgroups. */
  constructor(
    private readonly device: GPUDevice,
    private readonly subgroupPrefix: string,
    private readonly readsTextures: boolean,
    private readonly watch: Watch,
  ) {}

  /** The kernel for buffers of these formats. */
  of(
    kernel: Kernel,
    buffers: Readonly<Record<string, Storage>>,
    operation: string,
  ): CompiledKernel {
    let halves = "";
    for (const { name } of kernel.bindings) {
      if (buffers[name]?.format === "f16") halves += ` ${name}`;
    }
    const variants = this.compiled.get(kernel) ?? new Map<string, CompiledKernel>();
    this.compiled.set(kernel, variants);
    const compiled = variants.get(halves) ??
      this.compile(kernel, halves.split(" ").slice(1), operation);
    variants.set(halves, compiled);
    return compiled;
  }

  private compile(
    { name, source, bindings, parameters, usesSubgroups }: Kernel,
    halves: readonly string[],
    operation: string,
  ): CompiledKernel {
    const visibility = GPUShaderStage.COMPUTE;
    const texels = bindings.filter(({ texel }) => this.readsTextures && texel);
    const texture = (name: string): Partial<GPUBindGroupLayoutEntry> => {
      const format = TEXEL_FORMATS[halves.includes(name) ? "f16" : "f32"];
      return { storageTexture: { access: "read-only", format } };
    };
    const entries: GPUBindGroupLayoutEntry[] = bindings.map((kept, binding) => ({
      ...{ binding, visibility },
      ...(texels.includes(kept) && !kept.inPlace
        ? texture(kept.name)
        : { buffer: { type: kept.access === "read" ? "read-only-storage" : "storage" } }),
    }));
    if (parameters.length > 0) {
      entries.push({
        binding: entries.length,
        visibility,
        buffer: { type: "uniform", hasDynamicOffset: true },
      });
    }
    for (const { name } of texels.filter(({ inPlace }) => inPlace)) {
      entries.push({ binding: entries.length, visibility, ...texture(name) });
    }
    const layout = this.device.createBindGroupLayout({ label: name, entries });
    const kept = halves.filter((half) =>
      !texels.some(({ name, inPlace }) => name === half && !inPlace)
    );
    const prefix = (kept.length > 0 ? "enable f16;\n" : "") +
      (usesSubgroups ? this.subgroupPrefix : "");
    const text = kept.length > 0 ? keepingHalves({ name, source }, kept) : source;
    const code = prefix +
      (this.readsTextures ? readingTextures({ source: text, bindings, parameters }, halves) : text);
    return {
      ...{ name, layout },
      pipelineLayout: this.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      module: this.watch(
        operation,
        () => this.device.createShaderModule({ label: name, code }),
        (module) => compilationErrors(name, module, prefix.split("\n").length - 1),
      ),
      pipelines: new Map(),
      bindGroups: new Map(),
    };
  }

  /** The kernel with the values of its constants. */
  pipeline(
    { name, module, pipelineLayout: layout, pipelines }: CompiledKernel,
    constants: Readonly<Record<string, number>>,
    operation: string,
  ): GPUComputePipeline {
    let key = "";
    for (const name in constants) key += `${name}=${constants[name]},`;
    let pipeline = pipelines.get(key);
    if (!pipeline) {
      const compute = { module, entryPoint: "main", constants: { ...constants } };
      pipeline = this.watch(
        operation,
        () => this.device.createComputePipeline({ label: name, layout, compute }),
      );
      pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  forgetBindGroups(): void {
    for (const variants of this.compiled.values()) {
      for (const { bindGroups } of variants.values()) bindGroups.clear();
    }
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
