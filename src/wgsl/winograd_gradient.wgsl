// y[i, j, t, k] = sum over r, s of G[i, r] G[j, s] g[k, 4 t + (r, s)]
// A weight's gradient by Winograd's F(3x3, 4x4): 4 x 4 pixels of g become 36 numbers, as 6 x 6 of x
// do by winograd_input.wgsl, [6][tile][6][k/4]. G[i, r] is point i to the power r, over the product
// of its distances to the other points; infinity counts in the highest power only.
struct Params {
  size: i32, first: i32, rows: i32, columns: i32, height: i32, width: i32, quads: i32,
}

@group(0) @binding(0) var<storage, read> g: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

/// G times four pixels.
fn transform(a: vec4f, b: vec4f, c: vec4f, d: vec4f) -> Six {
  let even_p = (a + PP * c) * (1.0 / (2.0 * PP * (PP - QQ)));
  let odd_p = (b + PP * d) * (P / (2.0 * PP * (PP - QQ)));
  let even_q = (a + QQ * c) * (1.0 / (2.0 * QQ * (QQ - PP)));
  let odd_q = (b + QQ * d) * (Q / (2.0 * QQ * (QQ - PP)));
  return Six(a * (1.0 / (PP * QQ)), even_p + odd_p, even_p - odd_p, even_q + odd_q, even_q - odd_q,
             d);
}

fn pixel(plane: i32, row: i32, column: i32) -> vec4f {
  let inside = row < params.height && column < params.width;
  let at = select(0, (plane * params.height + row) * params.width + column, inside);
  return select(vec4f(), g[at], inside);
}

fn transformed_row(plane: i32, row: i32, left: i32) -> Six {
  return transform(pixel(plane, row, left), pixel(plane, row, left + 1),
                   pixel(plane, row, left + 2), pixel(plane, row, left + 3));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = i32((group.y * groups.x + group.x) * 64u + lane);
  if (i >= params.size) { return; }
  let part = i / params.quads;
  let tile = params.first + part;
  let left = tile % params.columns * 4;
  let top = tile / params.columns % params.rows * 4;
  let plane = tile / (params.columns * params.rows) * params.quads + i % params.quads;
  #for row < 4
  let r${row} = transformed_row(plane, top + ${row}, left);
  #end
  let at = i + part * 5 * params.quads;
  #for column < 6
  let c${column} = transform(r0[${column}], r1[${column}], r2[${column}], r3[${column}]);
  #for row < 6
  y[at + ${column} * params.quads + ${6 * row} * params.size] = c${column}[${row}];
  #end
  #end
}
