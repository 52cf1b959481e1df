// y[p] = gain * bilinear x at (p + 1/2) * step - 1/2, not below 0 (align_corners = false)
struct Params {
  size: u32, width: u32, height: u32, x_width: u32, x_height: u32,
  step_x: f32, step_y: f32, gain: f32,
}

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
  let sx = max((f32(column) + 0.5) * params.step_x - 0.5, 0.0);
  let sy = max((f32(row) + 0.5) * params.step_y - 0.5, 0.0);
  let x0 = u32(sx);
  let y0 = u32(sy);
  let x1 = min(x0 + 1u, params.x_width - 1u);
  let y1 = min(y0 + 1u, params.x_height - 1u);
  let tx = sx - f32(x0);
  let ty = sy - f32(y0);
  let top = (plane * params.x_height + y0) * params.x_width;
  let bottom = (plane * params.x_height + y1) * params.x_width;
  let upper = x[top + x0] * (1.0 - tx) + x[top + x1] * tx;
  let lower = x[bottom + x0] * (1.0 - tx) + x[bottom + x1] * tx;
  y[i] = params.gain * (upper * (1.0 - ty) + lower * ty);
}
