import assert from "assert";
import { Kernel } from "../../src/gpu/kernel.ts";
import { keepingHalves, readingTextures } from "../../src/gpu/kernel_variant.ts";

const BUFFERS = `
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage,read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
`;

/** The body of a kernel after its inputs became textures. */
function rewritten(body: string): string {
  const text = readingTextures(new Kernel("k", BUFFERS + body), []);
  return text.slice(text.indexOf("y: array<vec4f>;\n") + 17, text.indexOf("\nfn texel("));
}

Deno.test("reading through textures replaces the declarations of vec4f inputs alone", () => {
  const text = readingTextures(new Kernel("k", BUFFERS), []);
  assert.match(text, /@binding\(0\) var x: texture_storage_2d<rgba32float, read>;/);
  assert.match(text, /@binding\(1\) var<storage,read> index: array<u32>;/);
  assert.match(text, /@binding\(2\) var<storage, read_write> y: array<vec4f>;/);
});

Deno.test("reading through textures replaces each index, lanes and neighbours left alone", () => {
  assert.equal(
    rewritten("y[i] = x[i] + x[i + 1u].x + x[2][lane] + xx[i] + max[i];"),
    "y[i] = textureLoad(x, texel(u32(i))) + textureLoad(x, texel(u32(i + 1u))).x + " +
      "textureLoad(x, texel(u32(2)))[lane] + xx[i] + max[i];",
  );
});

Deno.test("reading through textures replaces an index within an index", () => {
  assert.equal(
    rewritten("y[i] = x[index[u32(x[i].x)]];"),
    "y[i] = textureLoad(x, texel(u32(index[u32(textureLoad(x, texel(u32(i))).x)])));",
  );
});

Deno.test("reading through textures refuses a bracket that is never closed", () => {
  assert.throws(() => rewritten("y[i] = x[i;"), /bracket after x is not closed/);
});

Deno.test("reading through textures takes texels of half precision for the arrays that are named", () => {
  const text = readingTextures(new Kernel("k", BUFFERS + "y[i] = x[i];"), ["x"]);
  assert.match(text, /@binding\(0\) var x: texture_storage_2d<rgba16float, read>;/);
  assert.match(text, /y\[i\] = textureLoad\(x, texel\(u32\(i\)\)\);/);
});

Deno.test("an array that is changed in place is read through a texture of what it was", () => {
  const text = readingTextures(new Kernel("k", BUFFERS + "y[i] = y[i] + x[i];"), []);
  assert.match(text, /y\[i\] = textureLoad\(y_before, texel\(u32\(i\)\)\) \+ textureLoad\(x, /);
  assert.match(text, /@binding\(2\) var<storage, read_write> y: array<vec4f>;/);
  assert.match(text, /@binding\(3\) var y_before: texture_storage_2d<rgba32float, read>;/);
});

/** The body of a kernel whose arrays x and y are kept in halves. */
function halved(body: string): string {
  const text = keepingHalves(new Kernel("k", BUFFERS + body), ["x", "y"]);
  return text.slice(text.indexOf("y: array<vec4<f16>>;\n") + 21);
}

Deno.test("keeping halves replaces the declarations of the arrays that are named", () => {
  const text = keepingHalves(new Kernel("k", BUFFERS), ["y"]);
  assert.match(text, /var<storage, read> x: array<vec4f>;/);
  assert.match(text, /var<storage, read_write> y: array<vec4<f16>>;/);
  assert.match(keepingHalves(new Kernel("k", BUFFERS), ["x"]), /read> x: array<vec4<f16>>;/);
});

Deno.test("keeping halves widens what is read and rounds what is written", () => {
  assert.equal(
    halved("y[i + 1u] = x[i] + x[2][lane] + xx[i];"),
    "y[i + 1u] = vec4<f16>(vec4f(x[i]) + vec4f(x[2])[lane] + xx[i]);",
  );
});

Deno.test("keeping halves widens an index within an index, and an array that is written, too", () => {
  assert.equal(
    halved("y[index[u32(x[i].x)]] = 2.0 * y[i];"),
    "y[index[u32(vec4f(x[i]).x)]] = vec4<f16>(2.0 * vec4f(y[i]));",
  );
});

Deno.test("keeping halves takes a comparison for a reading", () => {
  assert.equal(halved("let same = y[i] == v;"), "let same = vec4f(y[i]) == v;");
});

Deno.test("keeping halves follows a value over lines, ignores comments, and keeps lines' numbers", () => {
  assert.equal(
    halved("// y[i] = all; of it\ny[i] = x[i] + // and\n  x[j];\nreturn;"),
    "\ny[i] = vec4<f16>(vec4f(x[i]) + \n  vec4f(x[j]));\nreturn;",
  );
});

Deno.test("keeping halves multiplies in halves where both factors are", () => {
  const products = new URL("../../src/wgsl/shared_products.wgsl", import.meta.url);
  const kernel = {
    name: "k",
    source: `${Deno.readTextFileSync(products)}
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;`,
  };
  const wide = keepingHalves(kernel, ["x"]);
  assert.match(wide, /alias Product = vec4f;\nconst IN_HALVES = false;/);
  const half = keepingHalves(kernel, ["x", "weight"]);
  assert.match(half, /alias Product = vec4<f16>;\nconst IN_HALVES = true;/);
});

Deno.test("keeping halves refuses arrays of other elements", () => {
  const kernel = new Kernel("k", BUFFERS);
  assert.throws(() => keepingHalves(kernel, ["index"]), /k\.wgsl: index is not an array of vec4f/);
});

Deno.test("keeping halves after which inputs become textures leaves them f32", () => {
  const kernel = new Kernel("k", BUFFERS + "y[i] = x[i];");
  const source = keepingHalves(kernel, ["y"]);
  const text = readingTextures({ ...kernel, source }, []);
  assert.match(text, /y\[i\] = vec4<f16>\(textureLoad\(x, texel\(u32\(i\)\)\)\);/);
});
