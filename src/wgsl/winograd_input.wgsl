// y[i, j, c, t] = sum over r, s of B[i, r] B[j, s] x[c, step t - 1 + (r, s)]
// Winograd's algorithms, first of three steps: 6 x 6 pixels become 36 numbers. Neighbouring tiles
// are 4 pixels apart for F(4x4, 3x3) and 5 for F(5x5, 2x2), whose transforms of x are the same.
// Points 0, ±P, ±Q and infinity; see winograd.ts.
override BLOCK: i32; // tiles that one workgroup of the multiplication takes
const PP = 0.5625;   // P = 3/4, squared
const QQ = 2.25;     // Q = 3/2, squared
const P = 0.75;
const Q = 1.5;
struct Params {
  size: i32, first: i32, tiles: i32, rows: i32, columns: i32, height: i32, width: i32, quads: i32,
  x_from: i32, x_quads: i32, step: i32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

/// One value per point, or one per pixel.
struct Six { a: vec4f, b: vec4f, c: vec4f, d: vec4f, e: vec4f, f: vec4f }

/// B times six pixels: row i of B holds the coefficients of the product of all (z - point) but i's.
fn transform(v: Six) -> Six {
  let even_p = v.e - QQ * v.c;
  let odd_p = P * (v.d - QQ * v.b);
  let even_q = v.e - PP * v.c;
  let odd_q = Q * (v.d - PP * v.b);
  return Six(
    PP * QQ * v.a - (PP + QQ) * v.c + v.e,
    even_p + odd_p, even_p - odd_p,
    even_q + odd_q, even_q - odd_q,
    PP * QQ * v.b - (PP + QQ) * v.d + v.f,
  );
}

fn pixel(plane: i32, row: i32, column: i32) -> vec4f {
  let inside = row >= 0 && row < params.height && column >= 0 && column < params.width;
  let at = select(0, (plane * params.height + row) * params.width + column, inside);
  return select(vec4f(), x[at], inside);
}

fn transformed_row(plane: i32, row: i32, left: i32) -> Six {
  return transform(Six(
    pixel(plane, row, left), pixel(plane, row, left + 1), pixel(plane, row, left + 2),
    pixel(plane, row, left + 3), pixel(plane, row, left + 4), pixel(plane, row, left + 5),
  ));
}

/// Stores column j of the 36 numbers. Those of a row lie near each other, [6][block][6][quad][tile]:
/// stores to 36 places far apart cost twice as much.
fn store_column(j: i32, at: i32, v: Six) {
  let t = transform(v);
  let row = 6 * params.size;
  let column = at + j * BLOCK * params.quads;
  y[column] = t.a;
  y[column + row] = t.b;
  y[column + 2 * row] = t.c;
  y[column + 3 * row] = t.d;
  y[column + 4 * row] = t.e;
  y[column + 5 * row] = t.f;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = i32((group.y * groups.x + group.x) * 64u + lane);
  // In the order of the result, within a column: [block][quad][tile of the block].
  let block = i / (BLOCK * params.quads);
  let part = block * BLOCK + i % BLOCK;
  let quad = i / BLOCK % params.quads;
  if (i >= params.size || part >= params.tiles) { return; }
  let tile = params.first + part;
  let left = tile % params.columns * params.step - 1;
  let top = tile / params.columns % params.rows * params.step - 1;
  let batch = tile / (params.columns * params.rows);
  let plane = batch * params.x_quads + params.x_from + quad;
  let r0 = transformed_row(plane, top, left);
  let r1 = transformed_row(plane, top + 1, left);
  let r2 = transformed_row(plane, top + 2, left);
  let r3 = transformed_row(plane, top + 3, left);
  let r4 = transformed_row(plane, top + 4, left);
  let r5 = transformed_row(plane, top + 5, left);
  let at = i + block * 5 * BLOCK * params.quads;
  store_column(0, at, Six(r0.a, r1.a, r2.a, r3.a, r4.a, r5.a));
  store_column(1, at, Six(r0.b, r1.b, r2.b, r3.b, r4.b, r5.b));
  store_column(2, at, Six(r0.c, r1.c, r2.c, r3.c, r4.c, r5.c));
  store_column(3, at, Six(r0.d, r1.d, r2.d, r3.d, r4.d, r5.d));
  store_column(4, at, Six(r0.e, r1.e, r2.e, r3.e, r4.e, r5.e));
  store_column(5, at, Six(r0.f, r1.f, r2.f, r3.f, r4.f, r5.f));
}
