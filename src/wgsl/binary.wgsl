// y = f(a, b), elementwise with broadcasting; a stride of 0 repeats, `splat` repeats channel 0; each
// operation puts its own formula of u and v into f (ops/binary_kernel.ts)
override BROADCAST: bool;
struct Params {
  size: u32, width: u32, height: u32, quads: u32, channels: u32,
  a_batch: u32, a_quad: u32, a_row: u32, a_column: u32, a_splat: u32,
  b_batch: u32, b_quad: u32, b_row: u32, b_column: u32, b_splat: u32,
}

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

fn f(u: vec4f, v: vec4f) -> vec4f { return FORMULA; }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let quad = (i / (params.width * params.height)) % params.quads;
  var u: vec4f;
  var v: vec4f;
  if (BROADCAST) {
    let column = i % params.width;
    let row = (i / params.width) % params.height;
    let batch = i / (params.width * params.height * params.quads);
    u = a[batch * params.a_batch + quad * params.a_quad + row * params.a_row + column * params.a_column];
    v = b[batch * params.b_batch + quad * params.b_quad + row * params.b_row + column * params.b_column];
    if (params.a_splat != 0u) { u = u.xxxx; }
    if (params.b_splat != 0u) { v = v.xxxx; }
  } else {
    u = a[i];
    v = b[i];
  }
  let channel = quad * 4u + vec4u(0u, 1u, 2u, 3u);
  y[i] = select(vec4f(), f(u, v), channel < vec4u(params.channels));
}
