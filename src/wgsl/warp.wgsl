// y[p] = bilinear x at p + flow[p], the position clamped to the image (backward warping)
struct Params {
  size: u32, width: u32, height: u32, quads: u32, flow_quads: u32, flow_from: u32, y_from: u32,
  y_quads: u32,
}

/// A flow that leads out of any image, but fits an integer.
const FAR = 1e6;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> flow: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let area = params.width * params.height;
  let column = i % params.width;
  let row = (i / params.width) % params.height;
  let plane = i / area;
  let batch = plane / params.quads;
  let vector = flow[batch * params.flow_quads * area + i % area];
  let shift = select(vector.xy, vector.zw, params.flow_from == 2u);
  // Whole pixels and the rest apart: their sum would round the rest away far from the origin.
  let whole = clamp(floor(shift), vec2f(-FAR), vec2f(FAR));
  let last = vec2i(i32(params.width) - 1, i32(params.height) - 1);
  let wanted = vec2i(i32(column), i32(row)) + vec2i(whole);
  let first = vec2u(clamp(wanted, vec2i(), last));
  let t = select(vec2f(), shift - whole, (wanted >= vec2i()) & (wanted < last));
  let x1 = min(first.x + 1u, params.width - 1u);
  let y1 = min(first.y + 1u, params.height - 1u);
  let top = plane * area + first.y * params.width;
  let bottom = plane * area + y1 * params.width;
  let upper = x[top + first.x] * (1.0 - t.x) + x[top + x1] * t.x;
  let lower = x[bottom + first.x] * (1.0 - t.x) + x[bottom + x1] * t.x;
  let y_plane = batch * params.y_quads + params.y_from + plane % params.quads;
  y[y_plane * area + i % area] = upper * (1.0 - t.y) + lower * t.y;
}
