// y[split, k, c, t] = sum over pixels p of g[k, p] x[c, p * stride + t - padding], rows of p split
// For GPUs: 32 output by 32 input channels and a row of TAPS taps a workgroup. SPAN pixels of g and
// the pixels of x that they meet lie in workgroup memory at a time; 8 output by 4 input channels of
// one tap an invocation. What comes next is loaded while the products are taken.
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

/// What an invocation loads: up to four pixels of g and four of x.
struct Loaded {
  g0: vec4f, g1: vec4f, g2: vec4f, g3: vec4f,
  x0: vec4f, x1: vec4f, x2: vec4f, x3: vec4f,
}

/// Where SPAN pixels of g begin, the quads of g and x that are wanted, and the row of x they meet.
struct Place { batch: i32, row: i32, first: i32, x_row: i32, k_quad: i32, c_quad: i32 }

/// Entry i of `gradients`: pixel i % SPAN of quad i / SPAN.
fn load_gradient(p: Place, i: i32) -> vec4f {
  let quad = p.k_quad + i / SPAN;
  let column = p.first + i % SPAN;
  if (i >= 8 * SPAN || quad >= params.output_quads || column >= params.columns) { return vec4f(); }
  return g[((p.batch * params.output_quads + quad) * params.rows + p.row) * params.columns + column];
}

/// Entry i of `inputs`: pixel i % X_COUNT of quad i / X_COUNT.
fn load_input(p: Place, i: i32) -> vec4f {
  let quad = p.c_quad + i / X_COUNT;
  let column = p.first * STRIDE - params.padding + i % X_COUNT;
  let inside = p.x_row >= 0 && p.x_row < params.height && column >= 0 && column < params.width;
  if (i >= 8 * X_COUNT || quad >= params.quads || !inside) { return vec4f(); }
  return x[((p.batch * params.quads + quad) * params.height + p.x_row) * params.width + column];
}

fn load(p: Place, lane: i32) -> Loaded {
  var v: Loaded;
  v.g0 = load_gradient(p, lane);
  if (LANES < 8 * SPAN) { v.g1 = load_gradient(p, lane + LANES); }
  if (2 * LANES < 8 * SPAN) { v.g2 = load_gradient(p, lane + 2 * LANES); }
  if (3 * LANES < 8 * SPAN) { v.g3 = load_gradient(p, lane + 3 * LANES); }
  v.x0 = load_input(p, lane);
  if (LANES < 8 * X_COUNT) { v.x1 = load_input(p, lane + LANES); }
  if (2 * LANES < 8 * X_COUNT) { v.x2 = load_input(p, lane + 2 * LANES); }
  if (3 * LANES < 8 * X_COUNT) { v.x3 = load_input(p, lane + 3 * LANES); }
  return v;
}

fn keep_gradient(i: i32, v: vec4f) {
  if (i < 8 * SPAN) { gradients[i % SPAN][i / SPAN] = v; }
}

fn keep_input(i: i32, v: vec4f) {
  if (i < 8 * X_COUNT) { inputs[i % X_COUNT][i / X_COUNT] = v; }
}

fn keep(v: Loaded, lane: i32) {
  keep_gradient(lane, v.g0);
  if (LANES < 8 * SPAN) { keep_gradient(lane + LANES, v.g1); }
  if (2 * LANES < 8 * SPAN) { keep_gradient(lane + 2 * LANES, v.g2); }
  if (3 * LANES < 8 * SPAN) { keep_gradient(lane + 3 * LANES, v.g3); }
  keep_input(lane, v.x0);
  if (LANES < 8 * X_COUNT) { keep_input(lane + LANES, v.x1); }
  if (2 * LANES < 8 * X_COUNT) { keep_input(lane + 2 * LANES, v.x2); }
  if (3 * LANES < 8 * X_COUNT) { keep_input(lane + 3 * LANES, v.x3); }
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
  let begin = split * params.span - skipped;
  let end = min((split + 1) * params.span - skipped, (sample + 1) * params.sample_rows);
  let row = begin % params.rows;
  let shift = tap_row - params.padding;
  var place = Place(begin / params.rows, row, 0, row * STRIDE + shift, k_quad, c_quad);
  var next: Loaded;
  if (begin < end) { next = load(place, lane); }
  let spans = (params.columns + SPAN - 1) / SPAN;
  for (var left = (end - begin) * spans; left > 0; left--) {
    keep(next, lane);
    workgroupBarrier();
    place.first += SPAN;
    if (place.first >= params.columns) {
      place.first = 0;
      place.row++;
      if (place.row == params.rows) {
        place.row = 0;
        place.batch++;
      }
      place.x_row = place.row * STRIDE + shift;
    }
    if (left > 1) { next = load(place, lane); }
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
