// y[i, j] = x[2i, 2j]: every second pixel
struct Params { size: u32, width: u32, height: u32, x_width: u32, x_height: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let column = i % params.width;
  let row = (i / params.width) % params.height;
  let plane = i / (params.width * params.height);
  y[i] = x[(plane * params.x_height + row * 2u) * params.x_width + column * 2u];
}
