import { type Numbers, type ShaderLine, unrolled } from "./shader_text.ts";

/** One storage buffer that a kernel sees. */
export interface Binding {
  readonly name: string;
  readonly access: "read" | "read_write";
  /** True where the shader reads vec4f values, which a texture can hold as well. */
  readonly texel: boolean;
  /** True where it also writes them, each after it has read what it needs of the old values. */
  readonly inPlace: boolean;
}

/** One 4-byte scalar of a kernel's `Params`. */
export interface Parameter {
  readonly name: string;
  readonly type: "u32" | "i32" | "f32";
}

const BINDING = /@group\(0\)\s*@binding\((\d+)\)\s*var<([^>]*)>\s*(\w+)\s*:\s*([^;]*);/g;
const PARAMS = /struct\s+Params\s*\{([^}]*)\}/;

/** What a kernel is made of besides its file. */
export interface KernelParts {
  /** Files whose text comes before the kernel's own, by their names in src/wgsl. */
  readonly shared?: Readonly<Record<string, string>>;
  /** What the names in its loops stand for; they end the kernel's name. */
  readonly numbers?: Numbers;
}

/**
 * A WGSL compute shader with the names of its buffers and parameters, read from the source itself
 * so that they are written in one place. Storage buffers take bindings 0, 1, …; the uniform
 * `params: Params`, where there is one, the last; the entry point is `main`.
 */
export class Kernel {
  readonly name: string;
  readonly source: string;
  readonly bindings: readonly Binding[];
  readonly parameters: readonly Parameter[];
  readonly usesSubgroups: boolean;
  readonly #lines: readonly ShaderLine[];

  /**
   * A kernel of a file of src/wgsl, its loops unrolled: `conv2d_subgroup` with the numbers 16 and 4
   * is called conv2d_subgroup16x4.
   * @throws {Error} where the shader's bindings are not 0, 1, …, a parameter is not a scalar, or a loop
   * can't be unrolled.
   */
  constructor(file: string, text: string, { shared = {}, numbers = {} }: KernelParts = {}) {
    this.#lines = [...Object.entries(shared), [file, text] as const]
      .flatMap(([file, text]) => unrolled(file, text, numbers));
    const name = file + Object.values(numbers).join("x");
    const source = this.#lines.map(({ text }) => text).join("\n");
    this.name = name;
    this.source = source;
    this.usesSubgroups = /\bsubgroup[A-Z]/.test(source);
    const bindings: Binding[] = [];
    let uniform = -1;
    let index = 0;
    for (const [, at, space, variable, type] of source.matchAll(BINDING)) {
      if (Number(at) !== index) {
        throw new Error(`${file}.wgsl: ${variable} has binding ${at}, expected ${index}`);
      }
      if (space.trim() === "uniform") uniform = index;
      else {
        const access = space.includes("read_write") ? "read_write" : "read";
        const inPlace = access === "read_write" && reads(source, variable);
        const texel = type.trim() === "array<vec4f>" && (access === "read" || inPlace);
        bindings.push({ name: variable, access, texel, inPlace });
      }
      index++;
    }
    if (uniform >= 0 && uniform !== index - 1) {
      throw new Error(`${file}.wgsl: params must be the last binding`);
    }
    this.bindings = bindings;
    this.parameters = uniform < 0 ? [] : readParameters(file, source);
  }

  /** File and line that a line of the source was made from, counted from 1. */
  placeOf(line: number): string {
    // What is added to a source for textures stands after its end.
    return this.#lines[line - 1]?.place ?? `${this.name}, after its last line`;
  }

  /** Writes the parameters into `view` at byte `offset`; every one must be given, and no other. */
  pack(values: Readonly<Record<string, number>>, view: DataView, offset: number): void {
    for (const { name, type } of this.parameters) {
      const value = values[name];
      if (value === undefined) throw new Error(`Kernel ${this.name} lacks parameter ${name}`);
      if (type === "f32") view.setFloat32(offset, value, true);
      else if (type === "i32") view.setInt32(offset, value, true);
      else view.setUint32(offset, value, true);
      offset += 4;
    }
    if (Object.keys(values).length !== this.parameters.length) {
      const known = this.parameters.map((p) => p.name).join(", ");
      throw new Error(`Kernel ${this.name} takes the parameters ${known} and no other`);
    }
  }
}

/** True where an array's entries are not only assigned. */
function reads(source: string, name: string): boolean {
  const code = source.replace(/\/\/.*/g, "");
  return code.split(new RegExp(`\\b${name}\\[`)).slice(1)
    .some((after) => !/^[^;]*?\]\s*=(?!=)/.test(after));
}

function readParameters(file: string, source: string): Parameter[] {
  const body = source.match(PARAMS)?.[1];
  if (body === undefined) throw new Error(`${file}.wgsl: struct Params is missing`);
  return body.replace(/\/\/.*/g, "").split(",").map((field) => field.trim()).filter(Boolean).map(
    (field) => {
      const [variable, type] = field.split(":").map((part) => part.trim());
      if (type !== "u32" && type !== "i32" && type !== "f32") {
        throw new Error(`${file}.wgsl: Params.${variable} is ${type}, expected a 4-byte scalar`);
      }
      return { name: variable, type };
    },
  );
}
