// y = peak * (coarse / 2^bits + fine / 2^(2 bits)): warp_scatter's fixed point back to floats
struct Params { size: u32, quads_of_sample: u32, unit: f32 }

@group(0) @binding(0) var<storage, read> sums: array<vec4i>;
@group(0) @binding(1) var<storage, read> peak: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let sum = vec4f(sums[i * 2u]) + vec4f(sums[i * 2u + 1u]) / params.unit;
  y[i] = sum / params.unit * peak[i / params.quads_of_sample].x;
}
