// y = f(x), elementwise; each operation puts its own formula of v, a and b into f (ops/unary.ts)
struct Params { size: u32, area: u32, quads: u32, channels: u32, a: f32, b: f32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

fn f(v: vec4f, a: vec4f, b: vec4f) -> vec4f { return FORMULA; }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let channel = (i / params.area) % params.quads * 4u + vec4u(0u, 1u, 2u, 3u);
  let value = f(x[i], vec4f(params.a), vec4f(params.b));
  y[i] = select(vec4f(), value, channel < vec4u(params.channels));
}
