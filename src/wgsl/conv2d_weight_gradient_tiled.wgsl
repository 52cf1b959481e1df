// y[split, k, c, t] = sum over pixels p of g[k, p] x[c, p * stride + t - padding], rows of p split
// For GPUs: 32 output by 32 input channels and a row of TAPS taps a workgroup. SPAN pixels of g and
// the pixels of x that they meet lie in workgroup memory at a time; 8 output by 4 input channels of
// one tap an invocation.
override TAPS: i32;   // taps of a row of the kernel
override STRIDE: i32;
override SPAN: i32;   // pixels of g at a time, a multiple of 8
override X_COUNT = (SPAN - 1) * STRIDE + TAPS; // pixels of x that SPAN pixels of g meet
override LANES = 32 * TAPS;
struct Params {
  height: i32, width: i32, quads: i32, rows: i32, columns: i32, outputs: i32, output_quads: i32,
  tiles: i32, taps_y: i32, padding: i32, sample_rows: i32, padded_rows: i32, span: i32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> g: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

// [pixel][quad]; 9, not 8, so that pixels start in different banks.
var<workgroup> gradients: array<array<vec4f, 9>, SPAN>;
var<workgroup> inputs: array<array<vec4f, 9>, X_COUNT>;
// Sums for eight output channels.
var<private> s0: vec4f; var<private> s1: vec4f; var<private> s2: vec4f; var<private> s3: vec4f;
var<private> s4: vec4f; var<private> s5: vec4f; var<private> s6: vec4f; var<private> s7: vec4f;

/// Pixel p of g times the one of x that it meets at a tap.
fn multiply(p: i32, tap: i32, k_row: i32, c_row: i32) {
  let u = gradients[p][k_row];
  let w = gradients[p][k_row + 4];
  let v = inputs[p * STRIDE + tap][c_row];
  s0 = fma(vec4f(u.x), v, s0);
  s1 = fma(vec4f(u.y), v, s1);
  s2 = fma(vec4f(u.z), v, s2);
  s3 = fma(vec4f(u.w), v, s3);
  s4 = fma(vec4f(w.x), v, s4);
  s5 = fma(vec4f(w.y), v, s5);
  s6 = fma(vec4f(w.z), v, s6);
  s7 = fma(vec4f(w.w), v, s7);
}

fn load_gradient(batch: i32, quad: i32, row: i32, column: i32) -> vec4f {
  if (quad >= params.output_quads || column >= params.columns) { return vec4f(); }
  return g[((batch * params.output_quads + quad) * params.rows + row) * params.columns + column];
}

fn load_input(batch: i32, quad: i32, row: i32, column: i32) -> vec4f {
  if (quad >= params.quads || column < 0 || column >= params.width) { return vec4f(); }
  return x[((batch * params.quads + quad) * params.height + row) * params.width + column];
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let lane = i32(index);
  let tap = lane / 32;
  let k_row = lane / 8 % 4;
  let c_row = lane % 8;
  let k_quad = i32(group.x) % params.tiles * 8;
  let c_quad = i32(group.x) / params.tiles * 8;
  let split = i32(group.y);
  let tap_row = i32(group.z);
  let sample = split * params.span / params.padded_rows;
  let skipped = sample * (params.padded_rows - params.sample_rows);
  let end = min((split + 1) * params.span - skipped, (sample + 1) * params.sample_rows);
  for (var r = split * params.span - skipped; r < end; r++) {
    let batch = r / params.rows;
    let row = r % params.rows;
    let x_row = row * STRIDE + tap_row - params.padding;
    if (x_row < 0 || x_row >= params.height) { continue; }
    for (var first = 0; first < params.columns; first += SPAN) {
      for (var i = lane; i < 8 * SPAN; i += LANES) {
        gradients[i % SPAN][i / SPAN] =
          load_gradient(batch, k_quad + i / SPAN, row, first + i % SPAN);
      }
      let left = first * STRIDE - params.padding;
      for (var i = lane; i < 8 * X_COUNT; i += LANES) {
        inputs[i % X_COUNT][i / X_COUNT] =
          load_input(batch, c_quad + i / X_COUNT, x_row, left + i % X_COUNT);
      }
      workgroupBarrier();
      for (var p = 0; p < SPAN; p += 8) {
        multiply(p, tap, k_row, c_row);
        multiply(p + 1, tap, k_row, c_row);
        multiply(p + 2, tap, k_row, c_row);
        multiply(p + 3, tap, k_row, c_row);
        multiply(p + 4, tap, k_row, c_row);
        multiply(p + 5, tap, k_row, c_row);
        multiply(p + 6, tap, k_row, c_row);
        multiply(p + 7, tap, k_row, c_row);
      }
      workgroupBarrier();
    }
  }
  let t = tap_row * TAPS + tap;
  let k = (k_quad + k_row) * 4;
  let c = c_quad + c_row;
  store(s0, split, k, c, t);
  store(s1, split, k + 1, c, t);
  store(s2, split, k + 2, c, t);
  store(s3, split, k + 3, c, t);
  store(s4, split, k + 16, c, t);
  store(s5, split, k + 17, c, t);
  store(s6, split, k + 18, c, t);
  store(s7, split, k + 19, c, t);
}

fn store(v: vec4f, split: i32, k: i32, quad: i32, tap: i32) {
  if (k >= params.outputs || quad >= params.quads) { return; }
  y[((split * params.outputs + k) * params.quads + quad) * TAPS * params.taps_y + tap] = v;
}
