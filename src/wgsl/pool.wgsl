// y[p] = max or mean of x over the window at p * stride - padding; outside the image nothing counts
override AVERAGE: bool;
struct Params {
  size: u32, width: u32, height: u32, x_width: i32, x_height: i32,
  window: i32, stride: i32, padding: i32, fixed_count: f32,
}

const LOWEST = -3.4028234e38;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let left = i32(i % params.width) * params.stride - params.padding;
  let top = i32((i / params.width) % params.height) * params.stride - params.padding;
  let plane = i32(i / (params.width * params.height));
  var total = select(vec4f(LOWEST), vec4f(), AVERAGE);
  var count = 0.0;
  for (var row = max(top, 0); row < min(top + params.window, params.x_height); row++) {
    let base = (plane * params.x_height + row) * params.x_width;
    for (var column = max(left, 0); column < min(left + params.window, params.x_width); column++) {
      let v = x[base + column];
      total = select(max(total, v), total + v, AVERAGE);
      count += 1.0;
    }
  }
  // A fixed count takes what lies outside for zeros.
  let divisor = select(count, params.fixed_count, params.fixed_count > 0.0);
  y[i] = select(total, total / divisor, AVERAGE);
}
