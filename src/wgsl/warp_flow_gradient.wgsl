// y[p] = sum over channels of g[p] * (dx, dy) of the warped x at p + flow[p]; 0 where it is clamped
struct Params { size: u32, width: u32, height: u32, quads: u32, flow_quads: u32, flow_from: u32 }

/// A flow that leads out of any image, but fits an integer.
const FAR = 1e6;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> flow: array<vec4f>;
@group(0) @binding(2) var<storage, read> g: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let area = params.width * params.height;
  let column = i % params.width;
  let row = (i / params.width) % params.height;
  let batch = i / area;
  let vector = flow[batch * params.flow_quads * area + i % area];
  let shift = select(vector.xy, vector.zw, params.flow_from == 2u);
  // Whole pixels and the rest apart, as in warp.wgsl.
  let whole = clamp(floor(shift), vec2f(-FAR), vec2f(FAR));
  let last = vec2i(i32(params.width) - 1, i32(params.height) - 1);
  let wanted = vec2i(i32(column), i32(row)) + vec2i(whole);
  let first = vec2u(clamp(wanted, vec2i(), last));
  let rest = shift - whole;
  let t = select(vec2f(), rest, (wanted >= vec2i()) & (wanted < last));
  let x1 = min(first.x + 1u, params.width - 1u);
  let y1 = min(first.y + 1u, params.height - 1u);
  var along = vec2f();
  for (var quad = 0u; quad < params.quads; quad++) {
    let base = (batch * params.quads + quad) * area;
    let top = base + first.y * params.width;
    let bottom = base + y1 * params.width;
    let a = x[top + first.x];
    let b = x[top + x1];
    let c = x[bottom + first.x];
    let d = x[bottom + x1];
    let up = g[base + i % area];
    along.x += dot(up, (b - a) * (1.0 - t.y) + (d - c) * t.y);
    along.y += dot(up, (c - a) * (1.0 - t.x) + (d - b) * t.x);
  }
  let right_of_edge = (wanted > vec2i()) | ((wanted == vec2i()) & (rest > vec2f()));
  let free = right_of_edge & (wanted < last);
  y[i] = vec4f(select(vec2f(), along, free), 0.0, 0.0);
}
