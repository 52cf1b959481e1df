// y = f(x), elementwise; OPERATION chooses f, a and b are its constants
override OPERATION: u32;
struct Params { size: u32, area: u32, quads: u32, channels: u32, a: f32, b: f32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

fn f(v: vec4f) -> vec4f {
  let zero = vec4f();
  let one = vec4f(1.0);
  switch OPERATION {
    case 0u: { return params.a * v + params.b; }                           // affine
    case 1u: { return abs(v); }
    case 2u: { return sign(v); }
    case 3u: { return one / (one + exp(-v)); }                             // sigmoid
    case 4u: { return clamp(v, vec4f(params.a), vec4f(params.b)); }
    case 5u: { return select(zero, one, (v >= vec4f(params.a)) & (v <= vec4f(params.b))); }
    case 6u: { return sqrt(max(v, zero)); }
    default: { return select(zero, one / v, v > zero); }                   // safe reciprocal
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let channel = (i / params.area) % params.quads * 4u + vec4u(0u, 1u, 2u, 3u);
  y[i] = select(vec4f(), f(x[i]), channel < vec4u(params.channels));
}
