// y[k, PHASES (POWERS t + (a, b)) - p] =
//   plus[k, …] + prelu(bias[k] + sum over i, j of A[a, i] A[b, j] m[i, j, p, k, t])
// Winograd's algorithms, last of three steps: 36 numbers become POWERS x POWERS pixels. F(4x4, 3x3) has
// one phase; F(5x5, 2x2), of a transposed 4x4 convolution of stride 2, has 2 x 2, whose pixels alternate.
override HAS_BIAS: bool;
override HAS_SLOPE: bool;
override HAS_PLUS: bool;
const POWERS = ${POWERS};
struct Params {
  size: i32, stride: i32, first: i32, tiles: i32, rows: i32, columns: i32, height: i32, width: i32,
  output_quads: i32, y_from: i32, y_quads: i32,
}

@group(0) @binding(0) var<storage, read> m: array<vec4f>;
@group(0) @binding(1) var<storage, read> bias: array<vec4f>;
@group(0) @binding(2) var<storage, read> slope: array<vec4f>;
@group(0) @binding(3) var<storage, read> plus: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(5) var<uniform> params: Params;

fn store(v: vec4f, quad: i32, row_at: i32, column: i32) {
  if (column < 0 || column >= params.width) { return; }
  var sum = v;
  if (HAS_BIAS) { sum += bias[quad]; }
  if (HAS_SLOPE) { sum *= select(slope[quad], vec4f(1.0), sum > vec4f()); }
  if (HAS_PLUS) { sum += plus[row_at + column]; }
  y[row_at + column] = sum;
}

fn store_row(v: Powers, quad: i32, batch: i32, row: i32, column: i32) {
  if (row < 0 || row >= params.height) { return; }
  let at = ((batch * params.y_quads + params.y_from + quad) * params.height + row) * params.width;
  #for power < POWERS
  store(v[${power}], quad, at, column + ${power * PHASES});
  #end
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = i32((group.y * groups.x + group.x) * 64u + lane);
  if (i >= params.size) { return; }
  let quad = i / params.tiles % params.output_quads;
  let phase = i / params.tiles / params.output_quads;
  let tile = params.first + i % params.tiles;
  let column = tile % params.columns * ${POWERS * PHASES} - phase % ${PHASES};
  let row = tile / params.columns % params.rows * ${POWERS * PHASES} - phase / ${PHASES};
  let batch = tile / (params.columns * params.rows);
  #for column < 6
  let c${column} = transformed_column(${column} * params.stride + i, 6 * params.stride);
  #end
  #for power < POWERS
  store_row(transform(c0[${power}], c1[${power}], c2[${power}], c3[${power}], c4[${power}], c5[${power}]),
            quad, batch, row + ${power * PHASES}, column);
  #end
}
