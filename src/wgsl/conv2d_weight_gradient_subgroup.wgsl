// y[split, k, c, t] = sum over pixels p of g[k, p] x[c, p * stride + t - padding], rows of p split
// For subgroups of exactly 8: 16 output channels by eight pairs of an input quad and a tap, a pair a
// lane. Four pixels at a time: each lane loads its own of x and one of g, which the lanes then hand
// to each other. Sums are updated once for four products: an update costs as much as two of them.
struct Params {
  height: i32, width: i32, quads: i32, rows: i32, columns: i32, outputs: i32, output_quads: i32,
  tiles: i32, taps_x: i32, taps: i32, stride: i32, padding: i32, sample_rows: i32,
  padded_rows: i32, span: i32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> g: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

/// A column of a row of x; 0 outside the image.
fn x_at(row_base: i32, column: i32, inside: bool) -> vec4f {
  let seen = inside && column >= 0 && column < params.width;
  return select(vec4f(), x[select(0, row_base + column, seen)], seen);
}

/// A column of a row of g; 0 past its end.
fn g_at(row_base: i32, column: i32) -> vec4f {
  let seen = column < params.columns;
  return select(vec4f(), g[select(0, row_base + column, seen)], seen);
}

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let lane = i32(index);
  let tile = i32(group.x) % params.tiles;
  let pairs = params.quads * params.taps;
  let pair = i32(group.x) / params.tiles * 8 + lane;
  let quad = min(pair, pairs - 1) / params.taps;
  let tap = min(pair, pairs - 1) % params.taps;
  let dy = tap / params.taps_x - params.padding;
  let dx = tap % params.taps_x - params.padding;
  let area = params.rows * params.columns;
  // Of output quads past the last, the last: those sums are not stored.
  let q0 = tile * 4 * area;
  let q1 = min(tile * 4 + 1, params.output_quads - 1) * area;
  let q2 = min(tile * 4 + 2, params.output_quads - 1) * area;
  let q3 = min(tile * 4 + 3, params.output_quads - 1) * area;
  var s0 = vec4f(); var s1 = vec4f(); var s2 = vec4f(); var s3 = vec4f();
  var s4 = vec4f(); var s5 = vec4f(); var s6 = vec4f(); var s7 = vec4f();
  var s8 = vec4f(); var s9 = vec4f(); var s10 = vec4f(); var s11 = vec4f();
  var s12 = vec4f(); var s13 = vec4f(); var s14 = vec4f(); var s15 = vec4f();
  let split = i32(group.y);
  let sample = split * params.span / params.padded_rows;
  let skipped = sample * (params.padded_rows - params.sample_rows);
  let begin = split * params.span - skipped;
  let end = min((split + 1) * params.span - skipped, (sample + 1) * params.sample_rows);
  var batch = begin / params.rows;
  var row = begin % params.rows;
  for (var r = begin; r < end; r++) {
    let x_row = row * params.stride + dy;
    let inside = x_row >= 0 && x_row < params.height;
    let x_base = ((batch * params.quads + quad) * params.height + x_row) * params.width;
    let g_base = (batch * params.output_quads * params.rows + row) * params.columns;
    for (var first = 0; first < params.columns; first += 4) {
      let column = first + (lane & 3);
      let u0 = g_at(g_base + q0, column);
      let u1 = g_at(g_base + q1, column);
      let u2 = g_at(g_base + q2, column);
      let u3 = g_at(g_base + q3, column);
      let left = first * params.stride + dx;
      let v0 = x_at(x_base, left, inside);
      let v1 = x_at(x_base, left + params.stride, inside);
      let v2 = x_at(x_base, left + 2 * params.stride, inside);
      let v3 = x_at(x_base, left + 3 * params.stride, inside);
      {
        let g0 = subgroupBroadcast(u0, 0u);
        let g1 = subgroupBroadcast(u0, 1u);
        let g2 = subgroupBroadcast(u0, 2u);
        let g3 = subgroupBroadcast(u0, 3u);
        s0 += g0.x * v0 + g1.x * v1 + g2.x * v2 + g3.x * v3;
        s1 += g0.y * v0 + g1.y * v1 + g2.y * v2 + g3.y * v3;
        s2 += g0.z * v0 + g1.z * v1 + g2.z * v2 + g3.z * v3;
        s3 += g0.w * v0 + g1.w * v1 + g2.w * v2 + g3.w * v3;
      }
      {
        let g0 = subgroupBroadcast(u1, 0u);
        let g1 = subgroupBroadcast(u1, 1u);
        let g2 = subgroupBroadcast(u1, 2u);
        let g3 = subgroupBroadcast(u1, 3u);
        s4 += g0.x * v0 + g1.x * v1 + g2.x * v2 + g3.x * v3;
        s5 += g0.y * v0 + g1.y * v1 + g2.y * v2 + g3.y * v3;
        s6 += g0.z * v0 + g1.z * v1 + g2.z * v2 + g3.z * v3;
        s7 += g0.w * v0 + g1.w * v1 + g2.w * v2 + g3.w * v3;
      }
      {
        let g0 = subgroupBroadcast(u2, 0u);
        let g1 = subgroupBroadcast(u2, 1u);
        let g2 = subgroupBroadcast(u2, 2u);
        let g3 = subgroupBroadcast(u2, 3u);
        s8 += g0.x * v0 + g1.x * v1 + g2.x * v2 + g3.x * v3;
        s9 += g0.y * v0 + g1.y * v1 + g2.y * v2 + g3.y * v3;
        s10 += g0.z * v0 + g1.z * v1 + g2.z * v2 + g3.z * v3;
        s11 += g0.w * v0 + g1.w * v1 + g2.w * v2 + g3.w * v3;
      }
      {
        let g0 = subgroupBroadcast(u3, 0u);
        let g1 = subgroupBroadcast(u3, 1u);
        let g2 = subgroupBroadcast(u3, 2u);
        let g3 = subgroupBroadcast(u3, 3u);
        s12 += g0.x * v0 + g1.x * v1 + g2.x * v2 + g3.x * v3;
        s13 += g0.y * v0 + g1.y * v1 + g2.y * v2 + g3.y * v3;
        s14 += g0.z * v0 + g1.z * v1 + g2.z * v2 + g3.z * v3;
        s15 += g0.w * v0 + g1.w * v1 + g2.w * v2 + g3.w * v3;
      }
    }
    row++;
    if (row == params.rows) {
      row = 0;
      batch++;
    }
  }
  if (pair >= pairs) { return; }
  let k = tile * 16;
  let base = (split * params.outputs + k) * pairs + pair;
  store(base, k, s0, s1, s2, s3);
  store(base + 4 * pairs, k + 4, s4, s5, s6, s7);
  store(base + 8 * pairs, k + 8, s8, s9, s10, s11);
  store(base + 12 * pairs, k + 12, s12, s13, s14, s15);
}

/// Stores the sums of four output channels.
fn store(base: i32, k: i32, a: vec4f, b: vec4f, c: vec4f, d: vec4f) {
  let step = params.quads * params.taps;
  if (k < params.outputs) { y[base] = a; }
  if (k + 1 < params.outputs) { y[base + step] = b; }
  if (k + 2 < params.outputs) { y[base + 2 * step] = c; }
  if (k + 3 < params.outputs) { y[base + 3 * step] = d; }
}
