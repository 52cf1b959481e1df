// y[p] = x[p - offset], 0 where that lies outside the image: pads, crops and shifts
struct Params {
  size: u32, width: u32, height: u32, x_width: i32, x_height: i32, left: i32, top: i32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let column = i32(i % params.width) - params.left;
  let row = i32((i / params.width) % params.height) - params.top;
  let plane = i32(i / (params.width * params.height));
  var v = vec4f();
  if (column >= 0 && column < params.x_width && row >= 0 && row < params.x_height) {
    v = x[(plane * params.x_height + row) * params.x_width + column];
  }
  y[i] = v;
}
