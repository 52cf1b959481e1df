// y[n, c, p] = x[n, c / 4, p][c % 4]; bits, whatever they mean
struct Params {
  area: u32, channels: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let quad = id.z * ((params.channels + 3u) / 4u) + id.y / 4u;
  let plane = id.z * groups.y + id.y;
  for (var p = id.x; p < params.area; p += 64u * groups.x) {
    y[plane * params.area + p] = x[(quad * params.area + p) * 4u + id.y % 4u];
  }
}
