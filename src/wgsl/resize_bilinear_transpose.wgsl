// y[p] = gain * sum over q of weight(q, p) x[q], the weights those of resize_bilinear from p to q
struct Params {
  size: u32, width: u32, height: u32, x_width: u32, x_height: u32,
  step_x: f32, step_y: f32, gain: f32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

/// The weight that pixel `p` of an axis of `size` has in the resized pixel `q`.
fn weight(q: u32, p: u32, size: u32, step: f32) -> f32 {
  let s = max((f32(q) + 0.5) * step - 0.5, 0.0);
  let p0 = u32(s);
  let p1 = min(p0 + 1u, size - 1u);
  let t = s - f32(p0);
  return select(0.0, 1.0 - t, p == p0) + select(0.0, t, p == p1);
}

/// The first and the last resized pixel that can see `p`.
fn seen_from(p: u32, step: f32, size: u32) -> vec2u {
  let first = floor((f32(p) - 0.5) / step - 0.5);
  let last = ceil((f32(p) + 1.5) / step - 0.5);
  return vec2u(u32(max(first, 0.0)), min(u32(max(last, 0.0)), size - 1u));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let column = i % params.width;
  let row = (i / params.width) % params.height;
  let plane = i / (params.width * params.height);
  let columns = seen_from(column, params.step_x, params.x_width);
  let rows = seen_from(row, params.step_y, params.x_height);
  var total = vec4f();
  for (var r = rows.x; r <= rows.y; r++) {
    let base = (plane * params.x_height + r) * params.x_width;
    var line = vec4f();
    for (var c = columns.x; c <= columns.y; c++) {
      line += weight(c, column, params.width, params.step_x) * x[base + c];
    }
    total += weight(r, row, params.height, params.step_y) * line;
  }
  y[i] = params.gain * total;
}
