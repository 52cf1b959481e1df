// y[k, 2 (5 t + (a, b)) - p] = prelu(bias[k] + sum over i, j of A[a, i] A[b, j] m[i, j, p, k, t])
// Winograd's F(5x5, 2x2) of a transposed 4x4 convolution of stride 2, last of three steps: 36
// numbers become 5 x 5 pixels of one of the four phases p. A is winograd_output.wgsl's, with one
// power more.
override HAS_BIAS: bool;
override HAS_SLOPE: bool;
const P = 0.75;
const Q = 1.5;
struct Params {
  size: i32, stride: i32, first: i32, tiles: i32, rows: i32, columns: i32, height: i32, width: i32,
  output_quads: i32, y_from: i32, y_quads: i32,
}

@group(0) @binding(0) var<storage, read> m: array<vec4f>;
@group(0) @binding(1) var<storage, read> bias: array<vec4f>;
@group(0) @binding(2) var<storage, read> slope: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<uniform> params: Params;

/// One value per power, or one per pixel.
struct Five { a: vec4f, b: vec4f, c: vec4f, d: vec4f, e: vec4f }

/// A times the values at the six points.
fn transform(zero: vec4f, p: vec4f, minus_p: vec4f, q: vec4f, minus_q: vec4f,
             infinity: vec4f) -> Five {
  let even_p = p + minus_p;
  let odd_p = P * (p - minus_p);
  let even_q = q + minus_q;
  let odd_q = Q * (q - minus_q);
  return Five(
    zero + even_p + even_q,
    odd_p + odd_q,
    P * P * even_p + Q * Q * even_q,
    P * P * odd_p + Q * Q * odd_q,
    P * P * P * P * even_p + Q * Q * Q * Q * even_q + infinity,
  );
}

/// Transforms column j of the 6 x 6 numbers.
fn transformed_column(j: i32, i: i32) -> Five {
  let at = j * params.stride + i;
  let step = 6 * params.stride;
  return transform(m[at], m[at + step], m[at + 2 * step], m[at + 3 * step], m[at + 4 * step],
                   m[at + 5 * step]);
}

fn store(v: vec4f, quad: i32, row_at: i32, column: i32) {
  if (column < 0 || column >= params.width) { return; }
  var sum = v;
  if (HAS_BIAS) { sum += bias[quad]; }
  if (HAS_SLOPE) { sum *= select(slope[quad], vec4f(1.0), sum > vec4f()); }
  y[row_at + column] = sum;
}

fn store_row(v: Five, quad: i32, batch: i32, row: i32, column: i32) {
  if (row < 0 || row >= params.height) { return; }
  let at = ((batch * params.y_quads + params.y_from + quad) * params.height + row) * params.width;
  store(v.a, quad, at, column);
  store(v.b, quad, at, column + 2);
  store(v.c, quad, at, column + 4);
  store(v.d, quad, at, column + 6);
  store(v.e, quad, at, column + 8);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = i32((group.y * groups.x + group.x) * 64u + lane);
  if (i >= params.size) { return; }
  let quad = i / params.tiles % params.output_quads;
  let phase = i / params.tiles / params.output_quads;
  let tile = params.first + i % params.tiles;
  let column = tile % params.columns * 10 - phase % 2;
  let row = tile / params.columns % params.rows * 10 - phase / 2;
  let batch = tile / (params.columns * params.rows);
  let c0 = transformed_column(0, i);
  let c1 = transformed_column(1, i);
  let c2 = transformed_column(2, i);
  let c3 = transformed_column(3, i);
  let c4 = transformed_column(4, i);
  let c5 = transformed_column(5, i);
  store_row(transform(c0.a, c1.a, c2.a, c3.a, c4.a, c5.a), quad, batch, row, column);
  store_row(transform(c0.b, c1.b, c2.b, c3.b, c4.b, c5.b), quad, batch, row + 2, column);
  store_row(transform(c0.c, c1.c, c2.c, c3.c, c4.c, c5.c), quad, batch, row + 4, column);
  store_row(transform(c0.d, c1.d, c2.d, c3.d, c4.d, c5.d), quad, batch, row + 6, column);
  store_row(transform(c0.e, c1.e, c2.e, c3.e, c4.e, c5.e), quad, batch, row + 8, column);
}
