import type { Format } from "./storage_format.ts";
import type { Kernel } from "./kernel.ts";

/** Texels in a row of a texture that mirrors a buffer, and their formats: a vec4f each. */
export const TEXELS_PER_ROW = 1024;
export const TEXEL_FORMATS = { f32: "rgba32float", f16: "rgba16float" } as const satisfies Record<
  Format,
  GPUTextureFormat
>;

/** What one binding of a kernel's variant holds of a storage: its buffer, or its texture. */
export interface Slot {
  readonly name: string;
  readonly binding: number;
  readonly texture: boolean;
}

/**
 * The bindings of a kernel, its uniform aside: in their order, and after all others the textures of
 * arrays that are changed in place, which keep their buffers.
 */
export function slotsOf(
  { bindings, parameters }: Pick<Kernel, "bindings" | "parameters">,
  readsTextures: boolean,
): Slot[] {
  const first = bindings.length + (parameters.length > 0 ? 1 : 0);
  const asTextures = readsTextures ? bindings.filter(({ texel }) => texel) : [];
  return [
    ...bindings.map((one, binding) => {
      return { name: one.name, binding, texture: asTextures.includes(one) && !one.inPlace };
    }),
    ...asTextures.filter(({ inPlace }) => inPlace).map(({ name }, i) => {
      return { name, binding: first + i, texture: true };
    }),
  ];
}

/**
 * A kernel's source with the vec4f arrays that it reads turned into textures of the same values,
 * {@link TEXELS_PER_ROW} to a row: `x[i]` becomes a texture load. Some drivers load from textures
 * many times faster than from storage buffers, and from storage textures, which have no levels of
 * detail, faster than from sampled ones (docs/decisions/0002-reads-through-textures.md). An array that
 * is changed in place is read through a texture of what it was, and written where it is. Those that
 * are named in `halves` are of half precision; a load widens them to f32.
 */
export function readingTextures(
  kernel: Pick<Kernel, "source" | "bindings" | "parameters">,
  halves: readonly string[],
): string {
  let text = kernel.source;
  for (const { name, binding } of slotsOf(kernel, true).filter(({ texture }) => texture)) {
    const inPlace = binding >= kernel.bindings.length;
    const texture = inPlace ? `${name}_before` : name;
    const format = TEXEL_FORMATS[halves.includes(name) ? "f16" : "f32"];
    const declaration = `var ${texture}: texture_storage_2d<${format}, read>`;
    if (inPlace) text += `\n@group(0) @binding(${binding}) ${declaration};`;
    else {
      const buffer = new RegExp(`var<storage,\\s*read>\\s*${name}\\s*:\\s*array<vec4f>`);
      text = text.replace(buffer, declaration);
    }
    text = replaceIndexing(text, name, (index, after) => [
      inPlace && /^\s*=(?!=)/.test(after)
        ? `${name}[${index}]`
        : `textureLoad(${texture}, texel(u32(${index})))`,
      after,
    ]);
  }
  return `${text}
fn texel(i: u32) -> vec2u { return vec2u(i % ${TEXELS_PER_ROW}u, i / ${TEXELS_PER_ROW}u); }
`;
}

/**
 * A kernel's source with the vec4f arrays of these names kept in half precision: what is read is
 * widened to f32, what is written is rounded (docs/decisions/0008-half-precision.md). Where a kernel
 * names what it multiplies `Product`, and `x` and `weight` are halves, so are the products. Comments
 * go, lines stay. Arrays that are changed other than by `y[i] = …;` make a shader that no compiler
 * takes.
 * @throws {Error} where there is no vec4f array of a name.
 */
export function keepingHalves(
  { name, source }: Pick<Kernel, "name" | "source">,
  halves: readonly string[],
): string {
  let text = source.replace(/\/\/.*/g, "");
  if (["x", "weight"].every((name) => halves.includes(name))) {
    text = text.replace("alias Product = vec4f;", "alias Product = vec4<f16>;")
      .replace("const IN_HALVES = false;", "const IN_HALVES = true;");
  }
  for (const half of halves) {
    const declaration = new RegExp(`(var<storage,\\s*\\w+>\\s*${half}\\s*:\\s*)array<vec4f>`);
    if (!declaration.test(text)) {
      throw new Error(
        `${name}.wgsl: ${half} is not an array of vec4f, and can't be kept in halves`,
      );
    }
    text = text.replace(declaration, "$1array<vec4<f16>>");
    text = replaceIndexing(text, half, (index, after) => {
      const written = after.match(/^\s*=(?!=)\s*([^;]*);/);
      return written
        ? [`${half}[${index}] = vec4<f16>(`, `${written[1]});${after.slice(written[0].length)}`]
        : [`vec4f(${half}[${index}])`, after];
    });
  }
  return text;
}

/**
 * Replaces every `name[index]`, brackets within the index included. `to` answers what comes in its
 * place, and the text after it, in which the search continues.
 */
function replaceIndexing(
  text: string,
  name: string,
  to: (index: string, after: string) => readonly [string, string],
): string {
  const start = text.search(new RegExp(`\\b${name}\\[`));
  if (start < 0) return text;
  const open = start + name.length;
  let depth = 0;
  let close = open;
  do {
    if (close === text.length) throw new Error(`A bracket after ${name} is not closed`);
    if (text[close] === "[") depth++;
    if (text[close] === "]") depth--;
    close++;
  } while (depth > 0);
  const index = replaceIndexing(text.slice(open + 1, close - 1), name, to);
  const [replaced, after] = to(index, text.slice(close));
  return text.slice(0, start) + replaced + replaceIndexing(after, name, to);
}
