// y[n, q, p] = (x[n, 4q, p], …, x[n, 4q + 3, p]), 0 for spare channels; bits, whatever they mean
struct Params {
  area: u32, channels: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4u>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let first = 4u * id.y;
  let count = min(params.channels - first, 4u);
  let plane = id.z * params.channels + first;
  let quad = id.z * groups.y + id.y;
  for (var p = id.x; p < params.area; p += 64u * groups.x) {
    var v = vec4u();
    for (var k = 0u; k < count; k++) { v[k] = x[(plane + k) * params.area + p]; }
    y[quad * params.area + p] = v;
  }
}
