// y[p] = sum over channels of g[p] * (dx, dy) of the warped x at p + flow[p]; 0 where it is clamped
struct Params { size: u32, width: u32, height: u32, quads: u32, flow_quads: u32, flow_from: u32 }

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
  let last = vec2f(f32(params.width - 1u), f32(params.height - 1u));
  let vector = flow[batch * params.flow_quads * area + i % area];
  let shift = select(vector.xy, vector.zw, params.flow_from == 2u);
  let wanted = vec2f(f32(column), f32(row)) + shift;
  let at = clamp(wanted, vec2f(), last);
  let first = vec2u(at);
  let t = at - vec2f(first);
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
  let free = (wanted > vec2f()) & (wanted < last);
  y[i] = vec4f(select(vec2f(), along, free), 0.0, 0.0);
}
