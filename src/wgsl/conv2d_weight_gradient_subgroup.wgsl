// y[split, k, c, t] = sum over pixels p of g[k, p] x[c, p * stride + t - padding], rows of p split
// For subgroups of exactly 8: 16 output channels by eight pairs of an input quad and a tap, a pair a
// lane. Four pixels at a time: each lane loads its own of x and one of g, which the lanes then hand
// to each other. Sums are updated once for four products: an update costs as much as two of them.

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
  #for q < 4
  let q${q} = min(tile * 4 + ${q}, params.output_quads - 1) * area;
  #for k < 4
  var s${4 * q + k} = vec4f();
  #end
  #end
  let split = i32(group.y);
  let rows = rows_of(split);
  var batch = rows[0] / params.rows;
  var row = rows[0] % params.rows;
  for (var r = rows[0]; r < rows[1]; r++) {
    let x_row = row * params.stride + dy;
    let inside = x_row >= 0 && x_row < params.height;
    let x_base = ((batch * params.quads + quad) * params.height + x_row) * params.width;
    let g_base = (batch * params.output_quads * params.rows + row) * params.columns;
    for (var first = 0; first < params.columns; first += 4) {
      let column = first + (lane & 3);
      let left = first * params.stride + dx;
      #for p < 4
      let v${p} = x_at(x_base, left + ${p} * params.stride, inside);
      #end
      #for q < 4
      {
        let u = g_at(g_base + q${q}, column);
        #for p < 4
        let g${p} = subgroupBroadcast(u, ${p}u);
        #end
        #for k < 4
        s${4 * q + k} += g0[${k}] * v0 + g1[${k}] * v1 + g2[${k}] * v2 + g3[${k}] * v3;
        #end
      }
      #end
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
  #for k < 16
  if (k + ${k} < params.outputs) { y[base + ${k} * pairs] = s${k}; }
  #end
}
