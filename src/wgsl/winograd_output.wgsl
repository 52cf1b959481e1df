// y[k, 4 t + (a, b)] = plus[k, …] + prelu(bias[k] + sum over i, j of A[a, i] A[b, j] m[i, j, k, t])
// Winograd's F(4x4, 3x3), last of three steps: 36 numbers become 4 x 4 pixels. A[a, i] is point i
// to the power a; infinity counts in the highest power only.
override HAS_BIAS: bool;
override HAS_SLOPE: bool;
override HAS_PLUS: bool;
const P = 0.75;
const Q = 1.5;
struct Params {
  size: i32, stride: i32, first: i32, tiles: i32, rows: i32, columns: i32, height: i32, width: i32,
  y_from: i32, y_quads: i32,
}

@group(0) @binding(0) var<storage, read> m: array<vec4f>;
@group(0) @binding(1) var<storage, read> bias: array<vec4f>;
@group(0) @binding(2) var<storage, read> slope: array<vec4f>;
@group(0) @binding(3) var<storage, read> plus: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(5) var<uniform> params: Params;

/// One value per power, or one per pixel.
struct Four { a: vec4f, b: vec4f, c: vec4f, d: vec4f }

/// A times the values at the six points.
fn transform(zero: vec4f, p: vec4f, minus_p: vec4f, q: vec4f, minus_q: vec4f,
             infinity: vec4f) -> Four {
  let even_p = p + minus_p;
  let odd_p = P * (p - minus_p);
  let even_q = q + minus_q;
  let odd_q = Q * (q - minus_q);
  return Four(
    zero + even_p + even_q,
    odd_p + odd_q,
    P * P * even_p + Q * Q * even_q,
    P * P * odd_p + Q * Q * odd_q + infinity,
  );
}

/// Transforms column j of the 6 x 6 numbers.
fn transformed_column(j: i32, i: i32) -> Four {
  let at = j * params.stride + i;
  let step = 6 * params.stride;
  return transform(m[at], m[at + step], m[at + 2 * step], m[at + 3 * step], m[at + 4 * step],
                   m[at + 5 * step]);
}

fn store(v: vec4f, quad: i32, at: i32) {
  var sum = v;
  if (HAS_BIAS) { sum += bias[quad]; }
  if (HAS_SLOPE) { sum *= select(slope[quad], vec4f(1.0), sum > vec4f()); }
  if (HAS_PLUS) { sum += plus[at]; }
  y[at] = sum;
}

fn store_row(v: Four, quad: i32, batch: i32, row: i32, column: i32) {
  if (row >= params.height) { return; }
  let plane = batch * params.y_quads + params.y_from + quad;
  let at = (plane * params.height + row) * params.width + column;
  store(v.a, quad, at);
  if (column + 1 < params.width) { store(v.b, quad, at + 1); }
  if (column + 2 < params.width) { store(v.c, quad, at + 2); }
  if (column + 3 < params.width) { store(v.d, quad, at + 3); }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = i32((group.y * groups.x + group.x) * 64u + lane);
  if (i >= params.size) { return; }
  let quad = i / params.tiles;
  let tile = params.first + i % params.tiles;
  let column = tile % params.columns * 4;
  let row = tile / params.columns % params.rows * 4;
  let batch = tile / (params.columns * params.rows);
  let c0 = transformed_column(0, i);
  let c1 = transformed_column(1, i);
  let c2 = transformed_column(2, i);
  let c3 = transformed_column(3, i);
  let c4 = transformed_column(4, i);
  let c5 = transformed_column(5, i);
  store_row(transform(c0.a, c1.a, c2.a, c3.a, c4.a, c5.a), quad, batch, row, column);
  store_row(transform(c0.b, c1.b, c2.b, c3.b, c4.b, c5.b), quad, batch, row + 1, column);
  store_row(transform(c0.c, c1.c, c2.c, c3.c, c4.c, c5.c), quad, batch, row + 2, column);
  store_row(transform(c0.d, c1.d, c2.d, c3.d, c4.d, c5.d), quad, batch, row + 3, column);
}
