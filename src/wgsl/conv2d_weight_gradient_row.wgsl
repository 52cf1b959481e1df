// y[split, k, c, t] = sum over rows and columns p of g[k, p] x[c, p * stride + t - padding]
// For subgroups of exactly 8: 16 k by 4 c by up to 4 taps of one row a subgroup. Each lane walks
// along a row of its own; the lanes' sums are added up at the end.
override TAPS: i32;
struct Params {
  height: i32, width: i32, quads: i32, rows: i32, columns: i32, output_quads: i32, outputs: i32,
  tiles: i32, stride: i32, padding: i32, samples: i32, sample_rows: i32, padded_rows: i32, span: i32,
  taps_x: i32, taps: i32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> g: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

fn x_at(row_base: i32, column: i32) -> vec4f {
  let inside = row_base >= 0 && column >= 0 && column < params.width;
  return select(vec4f(), x[select(0, row_base + column, inside)], inside);
}

/// Where a row of x begins; -1 outside the image.
fn x_row(plane: i32, row: i32, inside: bool) -> i32 {
  return select(-1, (plane * params.height + row) * params.width, inside && row >= 0 && row < params.height);
}

/// Where a row of g begins; of output quads past the last, the last.
fn g_row(batch: i32, quad: i32, row: i32) -> i32 {
  let plane = batch * params.output_quads + min(quad, params.output_quads - 1);
  return (plane * params.rows + row) * params.columns;
}

/// Four output channels by four input channels.
fn outer(up: vec4f, v: vec4f) -> mat4x4f {
  return mat4x4f(up.x * v, up.y * v, up.z * v, up.w * v);
}

fn over_lanes(v: vec4f) -> vec4f {
  let pairs = v + subgroupShuffleXor(v, 1u);
  let fours = pairs + subgroupShuffleXor(pairs, 2u);
  return fours + subgroupShuffleXor(fours, 4u);
}

fn store(lane: u32, base: i32, k: i32, sum: mat4x4f) {
  let step = params.quads * params.taps;
  let s0 = over_lanes(sum[0]);
  let s1 = over_lanes(sum[1]);
  let s2 = over_lanes(sum[2]);
  let s3 = over_lanes(sum[3]);
  if (lane != 0u) { return; }
  if (k < params.outputs) { y[base] = s0; }
  if (k + 1 < params.outputs) { y[base + step] = s1; }
  if (k + 2 < params.outputs) { y[base + 2 * step] = s2; }
  if (k + 3 < params.outputs) { y[base + 3 * step] = s3; }
}

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tile = i32(group.x) % params.tiles;
  let quad = i32(group.x) / params.tiles;
  let split = i32(group.y);
  let dy = i32(group.z) * TAPS / params.taps_x;
  let dx = i32(group.z) * TAPS % params.taps_x - params.padding;
  var a00 = mat4x4f();
  var a01 = mat4x4f();
  var a02 = mat4x4f();
  var a03 = mat4x4f();
  var a10 = mat4x4f();
  var a11 = mat4x4f();
  var a12 = mat4x4f();
  var a13 = mat4x4f();
  var a20 = mat4x4f();
  var a21 = mat4x4f();
  var a22 = mat4x4f();
  var a23 = mat4x4f();
  var a30 = mat4x4f();
  var a31 = mat4x4f();
  var a32 = mat4x4f();
  var a33 = mat4x4f();
  for (var block = split * params.span; block < (split + 1) * params.span; block++) {
    let at = block * 8 + i32(lane);
    let sample = min(at / params.padded_rows, params.samples - 1);
    let in_sample = at - sample * params.padded_rows;
    let inside = in_sample < params.sample_rows;
    let r = sample * params.sample_rows + min(in_sample, params.sample_rows - 1);
    let batch = r / params.rows;
    let row = r % params.rows;
    let x_base = x_row(batch * params.quads + quad, row * params.stride + dy - params.padding, inside);
    let g0 = g_row(batch, tile * 4 + 0, row);
    let g1 = g_row(batch, tile * 4 + 1, row);
    let g2 = g_row(batch, tile * 4 + 2, row);
    let g3 = g_row(batch, tile * 4 + 3, row);
    for (var column = 0; column < params.columns; column++) {
      let left = column * params.stride + dx;
      let up0 = g[g0 + column];
      let up1 = g[g1 + column];
      let up2 = g[g2 + column];
      let up3 = g[g3 + column];
      let v0 = x_at(x_base, left);
      a00 += outer(up0, v0);
      a10 += outer(up1, v0);
      a20 += outer(up2, v0);
      a30 += outer(up3, v0);
      if (TAPS > 1) {
        let v1 = x_at(x_base, left + 1);
        a01 += outer(up0, v1);
        a11 += outer(up1, v1);
        a21 += outer(up2, v1);
        a31 += outer(up3, v1);
      }
      if (TAPS > 2) {
        let v2 = x_at(x_base, left + 2);
        a02 += outer(up0, v2);
        a12 += outer(up1, v2);
        a22 += outer(up2, v2);
        a32 += outer(up3, v2);
      }
      if (TAPS > 3) {
        let v3 = x_at(x_base, left + 3);
        a03 += outer(up0, v3);
        a13 += outer(up1, v3);
        a23 += outer(up2, v3);
        a33 += outer(up3, v3);
      }
    }
  }
  let k = tile * 16;
  let base = ((split * params.outputs + k) * params.quads + quad) * params.taps + i32(group.z) * TAPS;
  let step = 4 * params.quads * params.taps;
  store(lane, base, k, a00);
  store(lane, base + step, k + 4, a10);
  store(lane, base + 2 * step, k + 8, a20);
  store(lane, base + 3 * step, k + 12, a30);
  if (TAPS > 1) {
    store(lane, base + 1, k, a01);
    store(lane, base + step + 1, k + 4, a11);
    store(lane, base + 2 * step + 1, k + 8, a21);
    store(lane, base + 3 * step + 1, k + 12, a31);
  }
  if (TAPS > 2) {
    store(lane, base + 2, k, a02);
    store(lane, base + step + 2, k + 4, a12);
    store(lane, base + 2 * step + 2, k + 8, a22);
    store(lane, base + 3 * step + 2, k + 12, a32);
  }
  if (TAPS > 3) {
    store(lane, base + 3, k, a03);
    store(lane, base + step + 3, k + 4, a13);
    store(lane, base + 2 * step + 3, k + 8, a23);
    store(lane, base + 3 * step + 3, k + 12, a33);
  }
}
