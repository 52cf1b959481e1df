// y[k, p] = prelu(bias[k] + sum over taps t and channels c of w[k, c, t] x[c, p * stride + t - padding])
// For subgroups of exactly 8: 32 pixels by 32 output channels a subgroup. Each lane loads its own
// 4 pixels and an eighth of the weights, which the lanes then hand to each other.
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
  let block = i32(group.z / phases * groups.x + group.x) * 32 + i32(lane);
  let p0 = pixel(block, phase);
  let p1 = pixel(block + 8, phase);
  let p2 = pixel(block + 16, phase);
  let p3 = pixel(block + 24, phase);
  let area = params.height * params.width;
  let first_y = first_tap(phase / params.phases, params.whole_y);
  let first_x = first_tap(phase % params.phases, params.whole_x);
  let across = params.taps_x - first_x;
  let tap_size = params.quads * 32;
  let first_weight = (phase * params.tiles + tile) * params.taps_y * params.taps_x * tap_size + i32(lane);
  var s0a = vec4f(); var s0b = vec4f(); var s0c = vec4f(); var s0d = vec4f();
  var s1a = vec4f(); var s1b = vec4f(); var s1c = vec4f(); var s1d = vec4f();
  var s2a = vec4f(); var s2b = vec4f(); var s2c = vec4f(); var s2d = vec4f();
  var s3a = vec4f(); var s3b = vec4f(); var s3c = vec4f(); var s3d = vec4f();
  var s4a = vec4f(); var s4b = vec4f(); var s4c = vec4f(); var s4d = vec4f();
  var s5a = vec4f(); var s5b = vec4f(); var s5c = vec4f(); var s5d = vec4f();
  var s6a = vec4f(); var s6b = vec4f(); var s6c = vec4f(); var s6d = vec4f();
  var s7a = vec4f(); var s7b = vec4f(); var s7c = vec4f(); var s7d = vec4f();
  // A sum for each tap, added up at its end: fewer roundings than in one long sum.
  for (var tap = 0; tap < (params.taps_y - first_y) * across; tap++) {
    let dy = first_y + tap / across;
    let dx = first_x + tap % across;
    var w = first_weight + (dy * params.taps_x + dx) * tap_size;
    let inside0 = seen(p0, dy, dx);
    var at0 = select(0, address(p0, dy, dx), inside0);
    let inside1 = seen(p1, dy, dx);
    var at1 = select(0, address(p1, dy, dx), inside1);
    let inside2 = seen(p2, dy, dx);
    var at2 = select(0, address(p2, dy, dx), inside2);
    let inside3 = seen(p3, dy, dx);
    var at3 = select(0, address(p3, dy, dx), inside3);
    var t0a = vec4f(); var t0b = vec4f(); var t0c = vec4f(); var t0d = vec4f();
    var t1a = vec4f(); var t1b = vec4f(); var t1c = vec4f(); var t1d = vec4f();
    var t2a = vec4f(); var t2b = vec4f(); var t2c = vec4f(); var t2d = vec4f();
    var t3a = vec4f(); var t3b = vec4f(); var t3c = vec4f(); var t3d = vec4f();
    var t4a = vec4f(); var t4b = vec4f(); var t4c = vec4f(); var t4d = vec4f();
    var t5a = vec4f(); var t5b = vec4f(); var t5c = vec4f(); var t5d = vec4f();
    var t6a = vec4f(); var t6b = vec4f(); var t6c = vec4f(); var t6d = vec4f();
    var t7a = vec4f(); var t7b = vec4f(); var t7c = vec4f(); var t7d = vec4f();
    for (var quad = 0; quad < params.quads; quad++) {
      let w0 = weight[w];
      let w1 = weight[w + 8];
      let w2 = weight[w + 16];
      let w3 = weight[w + 24];
      let v0 = select(vec4f(), x[at0], inside0);
      let v1 = select(vec4f(), x[at1], inside1);
      let v2 = select(vec4f(), x[at2], inside2);
      let v3 = select(vec4f(), x[at3], inside3);
      {
        let a = subgroupBroadcast(w0, 0u);
        let b = subgroupBroadcast(w1, 0u);
        let c = subgroupBroadcast(w2, 0u);
        let d = subgroupBroadcast(w3, 0u);
        t0a += a * v0.x + b * v0.y + c * v0.z + d * v0.w;
        t0b += a * v1.x + b * v1.y + c * v1.z + d * v1.w;
        t0c += a * v2.x + b * v2.y + c * v2.z + d * v2.w;
        t0d += a * v3.x + b * v3.y + c * v3.z + d * v3.w;
      }
      {
        let a = subgroupBroadcast(w0, 1u);
        let b = subgroupBroadcast(w1, 1u);
        let c = subgroupBroadcast(w2, 1u);
        let d = subgroupBroadcast(w3, 1u);
        t1a += a * v0.x + b * v0.y + c * v0.z + d * v0.w;
        t1b += a * v1.x + b * v1.y + c * v1.z + d * v1.w;
        t1c += a * v2.x + b * v2.y + c * v2.z + d * v2.w;
        t1d += a * v3.x + b * v3.y + c * v3.z + d * v3.w;
      }
      {
        let a = subgroupBroadcast(w0, 2u);
        let b = subgroupBroadcast(w1, 2u);
        let c = subgroupBroadcast(w2, 2u);
        let d = subgroupBroadcast(w3, 2u);
        t2a += a * v0.x + b * v0.y + c * v0.z + d * v0.w;
        t2b += a * v1.x + b * v1.y + c * v1.z + d * v1.w;
        t2c += a * v2.x + b * v2.y + c * v2.z + d * v2.w;
        t2d += a * v3.x + b * v3.y + c * v3.z + d * v3.w;
      }
      {
        let a = subgroupBroadcast(w0, 3u);
        let b = subgroupBroadcast(w1, 3u);
        let c = subgroupBroadcast(w2, 3u);
        let d = subgroupBroadcast(w3, 3u);
        t3a += a * v0.x + b * v0.y + c * v0.z + d * v0.w;
        t3b += a * v1.x + b * v1.y + c * v1.z + d * v1.w;
        t3c += a * v2.x + b * v2.y + c * v2.z + d * v2.w;
        t3d += a * v3.x + b * v3.y + c * v3.z + d * v3.w;
      }
      {
        let a = subgroupBroadcast(w0, 4u);
        let b = subgroupBroadcast(w1, 4u);
        let c = subgroupBroadcast(w2, 4u);
        let d = subgroupBroadcast(w3, 4u);
        t4a += a * v0.x + b * v0.y + c * v0.z + d * v0.w;
        t4b += a * v1.x + b * v1.y + c * v1.z + d * v1.w;
        t4c += a * v2.x + b * v2.y + c * v2.z + d * v2.w;
        t4d += a * v3.x + b * v3.y + c * v3.z + d * v3.w;
      }
      {
        let a = subgroupBroadcast(w0, 5u);
        let b = subgroupBroadcast(w1, 5u);
        let c = subgroupBroadcast(w2, 5u);
        let d = subgroupBroadcast(w3, 5u);
        t5a += a * v0.x + b * v0.y + c * v0.z + d * v0.w;
        t5b += a * v1.x + b * v1.y + c * v1.z + d * v1.w;
        t5c += a * v2.x + b * v2.y + c * v2.z + d * v2.w;
        t5d += a * v3.x + b * v3.y + c * v3.z + d * v3.w;
      }
      {
        let a = subgroupBroadcast(w0, 6u);
        let b = subgroupBroadcast(w1, 6u);
        let c = subgroupBroadcast(w2, 6u);
        let d = subgroupBroadcast(w3, 6u);
        t6a += a * v0.x + b * v0.y + c * v0.z + d * v0.w;
        t6b += a * v1.x + b * v1.y + c * v1.z + d * v1.w;
        t6c += a * v2.x + b * v2.y + c * v2.z + d * v2.w;
        t6d += a * v3.x + b * v3.y + c * v3.z + d * v3.w;
      }
      {
        let a = subgroupBroadcast(w0, 7u);
        let b = subgroupBroadcast(w1, 7u);
        let c = subgroupBroadcast(w2, 7u);
        let d = subgroupBroadcast(w3, 7u);
        t7a += a * v0.x + b * v0.y + c * v0.z + d * v0.w;
        t7b += a * v1.x + b * v1.y + c * v1.z + d * v1.w;
        t7c += a * v2.x + b * v2.y + c * v2.z + d * v2.w;
        t7d += a * v3.x + b * v3.y + c * v3.z + d * v3.w;
      }
      w += 32;
      at0 += area;
      at1 += area;
      at2 += area;
      at3 += area;
    }
    s0a += t0a; s0b += t0b; s0c += t0c; s0d += t0d;
    s1a += t1a; s1b += t1b; s1c += t1c; s1d += t1d;
    s2a += t2a; s2b += t2b; s2c += t2c; s2d += t2d;
    s3a += t3a; s3b += t3b; s3c += t3c; s3d += t3d;
    s4a += t4a; s4b += t4b; s4c += t4c; s4d += t4d;
    s5a += t5a; s5b += t5b; s5c += t5c; s5d += t5d;
    s6a += t6a; s6b += t6b; s6c += t6c; s6d += t6d;
    s7a += t7a; s7b += t7b; s7c += t7c; s7d += t7d;
  }
  store(s0a, tile * 8, p0);
  store(s1a, tile * 8 + 1, p0);
  store(s2a, tile * 8 + 2, p0);
  store(s3a, tile * 8 + 3, p0);
  store(s4a, tile * 8 + 4, p0);
  store(s5a, tile * 8 + 5, p0);
  store(s6a, tile * 8 + 6, p0);
  store(s7a, tile * 8 + 7, p0);
  store(s0b, tile * 8, p1);
  store(s1b, tile * 8 + 1, p1);
  store(s2b, tile * 8 + 2, p1);
  store(s3b, tile * 8 + 3, p1);
  store(s4b, tile * 8 + 4, p1);
  store(s5b, tile * 8 + 5, p1);
  store(s6b, tile * 8 + 6, p1);
  store(s7b, tile * 8 + 7, p1);
  store(s0c, tile * 8, p2);
  store(s1c, tile * 8 + 1, p2);
  store(s2c, tile * 8 + 2, p2);
  store(s3c, tile * 8 + 3, p2);
  store(s4c, tile * 8 + 4, p2);
  store(s5c, tile * 8 + 5, p2);
  store(s6c, tile * 8 + 6, p2);
  store(s7c, tile * 8 + 7, p2);
  store(s0d, tile * 8, p3);
  store(s1d, tile * 8 + 1, p3);
  store(s2d, tile * 8 + 2, p3);
  store(s3d, tile * 8 + 3, p3);
  store(s4d, tile * 8 + 4, p3);
  store(s5d, tile * 8 + 5, p3);
  store(s6d, tile * 8 + 6, p3);
  store(s7d, tile * 8 + 7, p3);
}

fn store(sum: vec4f, quad: i32, at: Pixel) {
  if (quad >= params.output_quads || !at.inside) { return; }
  var v = sum;
  if (HAS_BIAS) { v += bias[quad]; }
  if (HAS_SLOPE) { v *= select(slope[quad], vec4f(1.0), v > vec4f()); }
  let plane = at.batch * params.y_quads + params.y_from + quad;
  y[(plane * params.full_height + at.full_row) * params.full_width + at.full_column] = v;
}
