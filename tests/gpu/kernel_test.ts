import assert from "assert";
import { Kernel } from "../../src/gpu/kernel.ts";

const BUFFERS = `
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage,read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
`;
const PARAMS = `
struct Params {
  size: u32,       // how many, in all
  shift: i32, scale: f32,
}
`;
const UNIFORM = "@group(0) @binding(3) var<uniform> params: Params;\n";

Deno.test("a kernel reads the names and the access of its buffers from the source", () => {
  assert.deepEqual(new Kernel("k", BUFFERS).bindings, [
    { name: "x", access: "read", texel: true, inPlace: false },
    { name: "index", access: "read", texel: false, inPlace: false },
    { name: "y", access: "read_write", texel: false, inPlace: false },
  ]);
});

Deno.test("a kernel reads the names and types of its parameters, comments left out", () => {
  assert.deepEqual(new Kernel("k", PARAMS + BUFFERS + UNIFORM).parameters, [
    { name: "size", type: "u32" },
    { name: "shift", type: "i32" },
    { name: "scale", type: "f32" },
  ]);
  assert.deepEqual(new Kernel("k", PARAMS + BUFFERS).parameters, []);
});

Deno.test("a kernel packs its parameters as their types say", () => {
  const view = new DataView(new ArrayBuffer(20));
  const kernel = new Kernel("k", PARAMS + BUFFERS + UNIFORM);
  kernel.pack({ scale: 0.5, size: 2 ** 32 - 1, shift: -3 }, view, 4);
  assert.equal(view.getUint32(4, true), 2 ** 32 - 1);
  assert.equal(view.getInt32(8, true), -3);
  assert.equal(view.getFloat32(12, true), 0.5);
  assert.deepEqual([view.getUint32(0), view.getUint32(16)], [0, 0]);
});

Deno.test("a kernel refuses a missing parameter and one that it does not have", () => {
  const view = new DataView(new ArrayBuffer(16));
  const kernel = new Kernel("k", PARAMS + BUFFERS + UNIFORM);
  assert.throws(() => kernel.pack({ size: 1, shift: 1 }, view, 0), /Kernel k lacks .* scale/);
  assert.throws(
    () => kernel.pack({ size: 1, shift: 1, scale: 1, extra: 1 }, view, 0),
    /Kernel k takes the parameters size, shift, scale and no other/,
  );
});

Deno.test("a kernel refuses bindings out of order", () => {
  const source = BUFFERS.replace("@binding(2)", "@binding(3)");
  assert.throws(() => new Kernel("k", source), /k\.wgsl: y has binding 3, expected 2/);
});

Deno.test("a kernel refuses parameters that are not the last binding", () => {
  const source = PARAMS + UNIFORM.replace("3", "0") +
    "@group(0) @binding(1) var<storage, read> x: array<vec4f>;";
  assert.throws(() => new Kernel("k", source), /k\.wgsl: params must be the last binding/);
});

Deno.test("a kernel refuses parameters that are not 4-byte scalars", () => {
  const source = PARAMS.replace("i32", "vec2u") + BUFFERS + UNIFORM;
  assert.throws(() => new Kernel("k", source), /Params\.shift is vec2u, expected a 4-byte scalar/);
  assert.throws(() => new Kernel("k", BUFFERS + UNIFORM), /k\.wgsl: struct Params is missing/);
});

Deno.test("a kernel knows whether it uses subgroups", () => {
  assert.equal(new Kernel("k", "let s = subgroupBroadcast(v, 1u);").usesSubgroups, true);
  assert.equal(new Kernel("k", "let subgroups = 1;").usesSubgroups, false);
});
