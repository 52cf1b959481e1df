// y[k, p] = prelu(bias[k] + sum over taps t and channels c of w[k, c, t] x[c, p * stride + t - padding])
// For subgroups of exactly 8: 16 pixels by 16 output channels a subgroup. Each lane loads its own
// 2 pixels and an eighth of the weights, which the lanes then hand to each other.
override HAS_BIAS: bool;
override HAS_SLOPE: bool;
struct Params {
  batch: i32, height: i32, width: i32, quads: i32, x_from: i32, x_quads: i32,
  rows: i32, columns: i32, full_height: i32, full_width: i32, output_quads: i32, tiles: i32,
  y_from: i32, y_quads: i32, taps_x: i32, taps_y: i32, whole_x: i32, whole_y: i32,
  stride: i32, padding_y: i32, padding_x: i32, phases: i32, phase_offset: i32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read> slope: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(5) var<uniform> params: Params;

/// Where an invocation reads and writes for one pixel of the result.
struct Pixel {
  batch: i32, top: i32, left: i32, full_row: i32, full_column: i32, inside: bool,
}

fn pixel(index: i32, phase: i32) -> Pixel {
  let phase_y = phase / params.phases;
  let phase_x = phase % params.phases;
  let column = index % params.columns;
  let row = (index / params.columns) % params.rows;
  let batch = index / (params.columns * params.rows);
  let top = row * params.stride - params.padding_y + (phase_y + params.phase_offset) / params.phases;
  let left = column * params.stride - params.padding_x + (phase_x + params.phase_offset) / params.phases;
  let full_row = row * params.phases + phase_y;
  let full_column = column * params.phases + phase_x;
  let inside = batch < params.batch && full_row < params.full_height && full_column < params.full_width;
  return Pixel(batch, top, left, full_row, full_column, inside);
}

/// The first tap along an axis that a phase has: those with fewer than the others lack the first one.
fn first_tap(phase: i32, whole: i32) -> i32 {
  return select(1, 0, (phase + params.phase_offset) % params.phases < whole);
}

/// True where the tap (dy, dx) of a pixel lies on the image.
fn seen(p: Pixel, dy: i32, dx: i32) -> bool {
  let row = p.top + dy;
  let column = p.left + dx;
  return p.inside && row >= 0 && row < params.height && column >= 0 && column < params.width;
}

fn address(p: Pixel, dy: i32, dx: i32) -> i32 {
  let plane = p.batch * params.x_quads + params.x_from;
  return (plane * params.height + p.top + dy) * params.width + p.left + dx;
}

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let tile = i32(group.y);
  let phases = u32(params.phases * params.phases);
  let phase = i32(group.z % phases);
  let block = i32(group.z / phases * groups.x + group.x) * 16 + i32(lane);
  let p0 = pixel(block, phase);
  let p1 = pixel(block + 8, phase);
  let area = params.height * params.width;
  let first_y = first_tap(phase / params.phases, params.whole_y);
  let first_x = first_tap(phase % params.phases, params.whole_x);
  let across = params.taps_x - first_x;
  let tap_size = params.quads * 16;
  let first_weight = (phase * params.tiles + tile) * params.taps_y * params.taps_x * tap_size + i32(lane);
  var s0a = vec4f(); var s0b = vec4f();
  var s1a = vec4f(); var s1b = vec4f();
  var s2a = vec4f(); var s2b = vec4f();
  var s3a = vec4f(); var s3b = vec4f();
  // A sum for each tap, added up at its end: fewer roundings than in one long sum.
  for (var tap = 0; tap < (params.taps_y - first_y) * across; tap++) {
    let dy = first_y + tap / across;
    let dx = first_x + tap % across;
    var w = first_weight + (dy * params.taps_x + dx) * tap_size;
    let inside0 = seen(p0, dy, dx);
    var at0 = select(0, address(p0, dy, dx), inside0);
    let inside1 = seen(p1, dy, dx);
    var at1 = select(0, address(p1, dy, dx), inside1);
    var t0a = vec4f(); var t0b = vec4f();
    var t1a = vec4f(); var t1b = vec4f();
    var t2a = vec4f(); var t2b = vec4f();
    var t3a = vec4f(); var t3b = vec4f();
    for (var quad = 0; quad < params.quads; quad++) {
      let w0 = weight[w];
      let w1 = weight[w + 8];
      let v0 = select(vec4f(), x[at0], inside0);
      let v1 = select(vec4f(), x[at1], inside1);
      {
        let a = subgroupBroadcast(w0, 0u);
        let b = subgroupBroadcast(w0, 4u);
        let c = subgroupBroadcast(w1, 0u);
        let d = subgroupBroadcast(w1, 4u);
        t0a += a * v0.x + b * v0.y + c * v0.z + d * v0.w;
        t0b += a * v1.x + b * v1.y + c * v1.z + d * v1.w;
      }
      {
        let a = subgroupBroadcast(w0, 1u);
        let b = subgroupBroadcast(w0, 5u);
        let c = subgroupBroadcast(w1, 1u);
        let d = subgroupBroadcast(w1, 5u);
        t1a += a * v0.x + b * v0.y + c * v0.z + d * v0.w;
        t1b += a * v1.x + b * v1.y + c * v1.z + d * v1.w;
      }
      {
        let a = subgroupBroadcast(w0, 2u);
        let b = subgroupBroadcast(w0, 6u);
        let c = subgroupBroadcast(w1, 2u);
        let d = subgroupBroadcast(w1, 6u);
        t2a += a * v0.x + b * v0.y + c * v0.z + d * v0.w;
        t2b += a * v1.x + b * v1.y + c * v1.z + d * v1.w;
      }
      {
        let a = subgroupBroadcast(w0, 3u);
        let b = subgroupBroadcast(w0, 7u);
        let c = subgroupBroadcast(w1, 3u);
        let d = subgroupBroadcast(w1, 7u);
        t3a += a * v0.x + b * v0.y + c * v0.z + d * v0.w;
        t3b += a * v1.x + b * v1.y + c * v1.z + d * v1.w;
      }
      w += 16;
      at0 += area;
      at1 += area;
    }
    s0a += t0a; s0b += t0b;
    s1a += t1a; s1b += t1b;
    s2a += t2a; s2b += t2b;
    s3a += t3a; s3b += t3b;
  }
  store(s0a, tile * 4, p0);
  store(s1a, tile * 4 + 1, p0);
  store(s2a, tile * 4 + 2, p0);
  store(s3a, tile * 4 + 3, p0);
  store(s0b, tile * 4, p1);
  store(s1b, tile * 4 + 1, p1);
  store(s2b, tile * 4 + 2, p1);
  store(s3b, tile * 4 + 3, p1);
}

fn store(sum: vec4f, quad: i32, at: Pixel) {
  if (quad >= params.output_quads || !at.inside) { return; }
  var v = sum;
  if (HAS_BIAS) { v += bias[quad]; }
  if (HAS_SLOPE) { v *= select(slope[quad], vec4f(1.0), v > vec4f()); }
  let plane = at.batch * params.y_quads + params.y_from + quad;
  y[(plane * params.full_height + at.full_row) * params.full_width + at.full_column] = v;
}
