// y[n, to + j] = x[n, from + j] for whole quads of channels j in 0..count
struct Params {
  size: u32, area: u32, count: u32, from_quad: u32, to_quad: u32, x_quads: u32, y_quads: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let pixel = i % params.area;
  let j = (i / params.area) % params.count;
  let batch = i / (params.area * params.count);
  let source = (batch * params.x_quads + params.from_quad + j) * params.area + pixel;
  y[(batch * params.y_quads + params.to_quad + j) * params.area + pixel] = x[source];
}
