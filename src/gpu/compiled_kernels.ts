import type { Storage } from "./buffer_pool.ts";
import type { Watch } from "./error_watch.ts";
import type { Kernel } from "./kernel.ts";
import {
  keepingHalves,
  readingTextures,
  type Slot,
  slotsOf,
  TEXEL_FORMATS,
} from "./kernel_variant.ts";

/** A kernel as a device has it, for buffers of some formats. */
export interface CompiledKernel {
  readonly name: string;
  readonly slots: readonly Slot[];
  readonly layout: GPUBindGroupLayout;
  readonly pipelineLayout: GPUPipelineLayout;
  readonly module: GPUShaderModule;
  readonly pipelines: Map<string, GPUComputePipeline>;
  readonly bindGroups: Map<string, GPUBindGroup>;
}

/** A device's kernels, each compiled when it is first used. */
export class CompiledKernels {
  readonly #device: GPUDevice;
  readonly #subgroupPrefix: string;
  readonly #readsTextures: boolean;
  readonly #watch: Watch;
  /** Of each kernel by the names of the arrays that it keeps in half precision. */
  readonly #compiled = new Map<Kernel, Map<string, CompiledKernel>>();

  /** `subgroupPrefix` is put before shaders that use subgroups. */
  constructor(
    device: GPUDevice,
    subgroupPrefix: string,
    readsTextures: boolean,
    watch: Watch,
  ) {
    this.#device = device;
    this.#subgroupPrefix = subgroupPrefix;
    this.#readsTextures = readsTextures;
    this.#watch = watch;
  }

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
    let variants = this.#compiled.get(kernel);
    if (!variants) this.#compiled.set(kernel, variants = new Map());
    let compiled = variants.get(halves);
    if (!compiled) {
      compiled = this.#compile(kernel, halves.split(" ").slice(1), operation);
      variants.set(halves, compiled);
    }
    return compiled;
  }

  #compile(
    kernel: Kernel,
    halves: readonly string[],
    operation: string,
  ): CompiledKernel {
    const { name, source, bindings, parameters, usesSubgroups } = kernel;
    const visibility = GPUShaderStage.COMPUTE;
    const slots = slotsOf(kernel, this.#readsTextures);
    const entries: GPUBindGroupLayoutEntry[] = slots.map(({ name, binding, texture }) => {
      const format = TEXEL_FORMATS[halves.includes(name) ? "f16" : "f32"];
      if (texture) return { binding, visibility, storageTexture: { access: "read-only", format } };
      const type = bindings[binding].access === "read" ? "read-only-storage" : "storage";
      return { binding, visibility, buffer: { type } };
    });
    if (parameters.length > 0) {
      const buffer: GPUBufferBindingLayout = { type: "uniform", hasDynamicOffset: true };
      entries.push({ binding: bindings.length, visibility, buffer });
    }
    const layout = this.#device.createBindGroupLayout({ label: name, entries });
    const buffers = slots.filter(({ texture }) => !texture).map(({ name }) => name);
    const kept = halves.filter((half) => buffers.includes(half));
    const prefix = (kept.length > 0 ? "enable f16;\n" : "") +
      (usesSubgroups ? this.#subgroupPrefix : "");
    const text = kept.length > 0 ? keepingHalves({ name, source }, kept) : source;
    const code = prefix +
      (this.#readsTextures
        ? readingTextures({ source: text, bindings, parameters }, halves)
        : text);
    return {
      name,
      slots,
      layout,
      pipelineLayout: this.#device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      module: this.#watch(
        operation,
        () => this.#device.createShaderModule({ label: name, code }),
        (module) => compilationErrors(kernel, module, prefix.split("\n").length - 1),
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
      pipeline = this.#watch(
        operation,
        () => this.#device.createComputePipeline({ label: name, layout, compute }),
      );
      pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  forgetBindGroups(): void {
    for (const variants of this.#compiled.values()) {
      for (const { bindGroups } of variants.values()) bindGroups.clear();
    }
  }
}

/**
 * What the compiler says against a kernel's source: file and line as they were written, column once
 * loops are unrolled, message.
 */
async function compilationErrors(
  kernel: Kernel,
  module: GPUShaderModule,
  linesBefore: number,
): Promise<string> {
  const placeOf = (line: number) => kernel.placeOf(line - linesBefore);
  const { messages } = await module.getCompilationInfo();
  return messages.filter(({ type }) => type === "error").map(({ lineNum, linePos, message }) => {
    // Deno's messages name the place, too.
    const mapped = message.replace(/─ \w+:(\d+):/g, (_, line) => `─ ${placeOf(+line)}:`);
    return `${placeOf(lineNum)}:${linePos}: ${mapped.trim()}`;
  }).join("\n");
}
