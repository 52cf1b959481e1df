// y[n, to + j] = x[n, from + j] for j in 0..count, 0 where from + j is past x's channels
struct Params {
  size: u32, area: u32, count: u32, from_channel: u32, to_channel: u32,
  x_channels: u32, x_quads: u32, y_quads: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let pixel = i % params.area;
  let j = (i / params.area) % params.count;
  let batch = i / (params.area * params.count);
  let from_c = params.from_channel + j;
  let to_c = params.to_channel + j;
  let inside = from_c < params.x_channels;
  let at = select(0u, from_c, inside);
  let source = ((batch * params.x_quads + at / 4u) * params.area + pixel) * 4u + at % 4u;
  let target_index = ((batch * params.y_quads + to_c / 4u) * params.area + pixel) * 4u + to_c % 4u;
  y[target_index] = select(0.0, x[source], inside);
}
