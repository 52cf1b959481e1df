// sums[p + flow[p]] += bilinear weight * g[p], in fixed point: the same bits whatever the order.
// v = g / the sample's peak is added as v ~ coarse / 2^bits + fine / 2^(2 bits), each in integers
struct Params { size: u32, width: u32, height: u32, quads: u32, flow_quads: u32, flow_from: u32, unit: f32 }

/// A flow that leads out of any image, but fits an integer.
const FAR = 1e6;

@group(0) @binding(0) var<storage, read> g: array<vec4f>;
@group(0) @binding(1) var<storage, read> flow: array<vec4f>;
@group(0) @binding(2) var<storage, read> peak: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> sums: array<atomic<i32>>;
@group(0) @binding(4) var<uniform> params: Params;

fn deposit(index: u32, v: vec4f) {
  for (var c = 0u; c < 4u; c++) {
    let coarse = round(v[c] * params.unit);
    let fine = round((v[c] * params.unit - coarse) * params.unit);
    atomicAdd(&sums[index * 8u + c], i32(coarse));
    atomicAdd(&sums[index * 8u + 4u + c], i32(fine));
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let area = params.width * params.height;
  let column = i % params.width;
  let row = (i / params.width) % params.height;
  let plane = i / area;
  let largest = peak[plane / params.quads].x;
  if (largest == 0.0) { return; }
  let vector = flow[plane / params.quads * params.flow_quads * area + i % area];
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
  let v = g[i] / largest;
  deposit(top + first.x, v * ((1.0 - t.x) * (1.0 - t.y)));
  deposit(top + x1, v * (t.x * (1.0 - t.y)));
  deposit(bottom + first.x, v * ((1.0 - t.x) * t.y));
  deposit(bottom + x1, v * (t.x * t.y));
}
