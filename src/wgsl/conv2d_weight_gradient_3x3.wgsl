// y[split, k, c, t] = sum over rows and columns p of g[k, p] x[c, p + t - padding], 3 x 3 taps, stride 1
// For subgroups of exactly 8: 16 k by 4 c by 9 taps a subgroup. Each lane walks along a row of its
// own, keeps the three columns of x under the taps, and the lanes' sums are added up at the end.
struct Params {
  height: i32, width: i32, quads: i32, rows: i32, columns: i32, output_quads: i32, outputs: i32,
  tiles: i32, padding: i32, samples: i32, sample_rows: i32, padded_rows: i32, span: i32,
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
  let step = params.quads * 9;
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
  var a00 = mat4x4f();
  var a01 = mat4x4f();
  var a02 = mat4x4f();
  var a03 = mat4x4f();
  var a04 = mat4x4f();
  var a05 = mat4x4f();
  var a06 = mat4x4f();
  var a07 = mat4x4f();
  var a08 = mat4x4f();
  var a10 = mat4x4f();
  var a11 = mat4x4f();
  var a12 = mat4x4f();
  var a13 = mat4x4f();
  var a14 = mat4x4f();
  var a15 = mat4x4f();
  var a16 = mat4x4f();
  var a17 = mat4x4f();
  var a18 = mat4x4f();
  var a20 = mat4x4f();
  var a21 = mat4x4f();
  var a22 = mat4x4f();
  var a23 = mat4x4f();
  var a24 = mat4x4f();
  var a25 = mat4x4f();
  var a26 = mat4x4f();
  var a27 = mat4x4f();
  var a28 = mat4x4f();
  var a30 = mat4x4f();
  var a31 = mat4x4f();
  var a32 = mat4x4f();
  var a33 = mat4x4f();
  var a34 = mat4x4f();
  var a35 = mat4x4f();
  var a36 = mat4x4f();
  var a37 = mat4x4f();
  var a38 = mat4x4f();
  for (var block = split * params.span; block < (split + 1) * params.span; block++) {
    let at = block * 8 + i32(lane);
    let sample = min(at / params.padded_rows, params.samples - 1);
    let in_sample = at - sample * params.padded_rows;
    let inside = in_sample < params.sample_rows;
    let r = sample * params.sample_rows + min(in_sample, params.sample_rows - 1);
    let batch = r / params.rows;
    let row = r % params.rows;
    let plane = batch * params.quads + quad;
    let x0 = x_row(plane, row - params.padding, inside);
    let x1 = x_row(plane, row + 1 - params.padding, inside);
    let x2 = x_row(plane, row + 2 - params.padding, inside);
    let g0 = g_row(batch, tile * 4 + 0, row);
    let g1 = g_row(batch, tile * 4 + 1, row);
    let g2 = g_row(batch, tile * 4 + 2, row);
    let g3 = g_row(batch, tile * 4 + 3, row);
    var left0 = x_at(x0, -params.padding);
    var middle0 = x_at(x0, 1 - params.padding);
    var left1 = x_at(x1, -params.padding);
    var middle1 = x_at(x1, 1 - params.padding);
    var left2 = x_at(x2, -params.padding);
    var middle2 = x_at(x2, 1 - params.padding);
    for (var column = 0; column < params.columns; column++) {
      let right0 = x_at(x0, column + 2 - params.padding);
      let right1 = x_at(x1, column + 2 - params.padding);
      let right2 = x_at(x2, column + 2 - params.padding);
      let up0 = g[g0 + column];
      a00 += outer(up0, left0);
      a01 += outer(up0, middle0);
      a02 += outer(up0, right0);
      a03 += outer(up0, left1);
      a04 += outer(up0, middle1);
      a05 += outer(up0, right1);
      a06 += outer(up0, left2);
      a07 += outer(up0, middle2);
      a08 += outer(up0, right2);
      let up1 = g[g1 + column];
      a10 += outer(up1, left0);
      a11 += outer(up1, middle0);
      a12 += outer(up1, right0);
      a13 += outer(up1, left1);
      a14 += outer(up1, middle1);
      a15 += outer(up1, right1);
      a16 += outer(up1, left2);
      a17 += outer(up1, middle2);
      a18 += outer(up1, right2);
      let up2 = g[g2 + column];
      a20 += outer(up2, left0);
      a21 += outer(up2, middle0);
      a22 += outer(up2, right0);
      a23 += outer(up2, left1);
      a24 += outer(up2, middle1);
      a25 += outer(up2, right1);
      a26 += outer(up2, left2);
      a27 += outer(up2, middle2);
      a28 += outer(up2, right2);
      let up3 = g[g3 + column];
      a30 += outer(up3, left0);
      a31 += outer(up3, middle0);
      a32 += outer(up3, right0);
      a33 += outer(up3, left1);
      a34 += outer(up3, middle1);
      a35 += outer(up3, right1);
      a36 += outer(up3, left2);
      a37 += outer(up3, middle2);
      a38 += outer(up3, right2);
      left0 = middle0;
      middle0 = right0;
      left1 = middle1;
      middle1 = right1;
      left2 = middle2;
      middle2 = right2;
    }
  }
  let k = tile * 16;
  let base = ((split * params.outputs + k) * params.quads + quad) * 9;
  let step = 4 * params.quads * 9;
  store(lane, base, k, a00);
  store(lane, base + 1, k, a01);
  store(lane, base + 2, k, a02);
  store(lane, base + 3, k, a03);
  store(lane, base + 4, k, a04);
  store(lane, base + 5, k, a05);
  store(lane, base + 6, k, a06);
  store(lane, base + 7, k, a07);
  store(lane, base + 8, k, a08);
  store(lane, base + step, k + 4, a10);
  store(lane, base + step + 1, k + 4, a11);
  store(lane, base + step + 2, k + 4, a12);
  store(lane, base + step + 3, k + 4, a13);
  store(lane, base + step + 4, k + 4, a14);
  store(lane, base + step + 5, k + 4, a15);
  store(lane, base + step + 6, k + 4, a16);
  store(lane, base + step + 7, k + 4, a17);
  store(lane, base + step + 8, k + 4, a18);
  store(lane, base + 2 * step, k + 8, a20);
  store(lane, base + 2 * step + 1, k + 8, a21);
  store(lane, base + 2 * step + 2, k + 8, a22);
  store(lane, base + 2 * step + 3, k + 8, a23);
  store(lane, base + 2 * step + 4, k + 8, a24);
  store(lane, base + 2 * step + 5, k + 8, a25);
  store(lane, base + 2 * step + 6, k + 8, a26);
  store(lane, base + 2 * step + 7, k + 8, a27);
  store(lane, base + 2 * step + 8, k + 8, a28);
  store(lane, base + 3 * step, k + 12, a30);
  store(lane, base + 3 * step + 1, k + 12, a31);
  store(lane, base + 3 * step + 2, k + 12, a32);
  store(lane, base + 3 * step + 3, k + 12, a33);
  store(lane, base + 3 * step + 4, k + 12, a34);
  store(lane, base + 3 * step + 5, k + 12, a35);
  store(lane, base + 3 * step + 6, k + 12, a36);
  store(lane, base + 3 * step + 7, k + 12, a37);
  store(lane, base + 3 * step + 8, k + 12, a38);
}
