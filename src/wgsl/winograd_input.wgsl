// y[i, j, c, t] = sum over r, s of B[i, r] B[j, s] x[c, step t - 1 + (r, s)]
// Winograd's algorithms, first of three steps: 6 x 6 pixels become 36 numbers. Neighbouring tiles
// are 4 pixels apart for F(4x4, 3x3) and 5 for F(5x5, 2x2), whose transforms of x are the same.
override BLOCK: i32; // tiles that one workgroup of the multiplication takes
struct Params {
  size: i32, first: i32, tiles: i32, rows: i32, columns: i32, height: i32, width: i32, quads: i32,
  x_from: i32, x_quads: i32, step: i32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

/// B times six pixels: row i of B holds the coefficients of the product of all (z - point) but i's.
fn transform(a: vec4f, b: vec4f, c: vec4f, d: vec4f, e: vec4f, f: vec4f) -> Six {
  let even_p = e - QQ * c;
  let odd_p = P * (d - QQ * b);
  let even_q = e - PP * c;
  let odd_q = Q * (d - PP * b);
  return Six(
    PP * QQ * a - (PP + QQ) * c + e,
    even_p + odd_p, even_p - odd_p,
    even_q + odd_q, even_q - odd_q,
    PP * QQ * b - (PP + QQ) * d + f,
  );
}

fn pixel(plane: i32, row: i32, column: i32) -> vec4f {
  let inside = row >= 0 && row < params.height && column >= 0 && column < params.width;
  let at = select(0, (plane * params.height + row) * params.width + column, inside);
  return select(vec4f(), x[at], inside);
}

fn transformed_row(plane: i32, row: i32, left: i32) -> Six {
  return transform(
    #for s < 6
    pixel(plane, row, left + ${s}),
    #end
  );
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
  #for row < 6
  let r${row} = transformed_row(plane, top + ${row}, left);
  #end
  // Numbers of a row lie near each other, [6][block][6][quad][tile]: stores to 36 places far apart cost
  // twice as much.
  let at = i + block * 5 * BLOCK * params.quads;
  #for column < 6
  let c${column} = transform(r0[${column}], r1[${column}], r2[${column}], r3[${column}], r4[${column}], r5[${column}]);
  #for row < 6
  y[at + ${column} * BLOCK * params.quads + ${6 * row} * params.size] = c${column}[${row}];
  #end
  #end
}
