// y[split, k, c, t] = sum over pixels p of g[k, p] x[c, p * stride + t - padding], rows of p split
// For GPUs: 32 output by 32 input channels and a row of TAPS taps a workgroup. SPAN pixels of g and
// the pixels of x that they meet lie in workgroup memory at a time; 8 output by 4 input channels of
// one tap an invocation. What comes next is loaded while the products are taken.
override TAPS: i32;   // taps of a row of the kernel
override STRIDE: i32;
override SPAN: i32;   // pixels of g at a time, a multiple of 8
override X_COUNT = (SPAN - 1) * STRIDE + TAPS; // pixels of x that SPAN pixels of g meet
override LANES = 32 * TAPS;

// [pixel][quad]; 9, not 8, so that pixels start in different banks.
var<workgroup> gradients: array<array<vec4f, 9>, SPAN>;
var<workgroup> inputs: array<array<vec4f, 9>, X_COUNT>;
// Sums for eight output channels.
#for k < 8
var<private> s${k}: vec4f;
#end

/// Pixel p of g times the one of x that it meets at a tap.
fn multiply(p: i32, tap: i32, k_row: i32, c_row: i32) {
  let u = gradients[p][k_row];
  let w = gradients[p][k_row + 4];
  let v = inputs[p * STRIDE + tap][c_row];
  #for k < 4
  s${k} = fma(vec4f(u[${k}]), v, s${k});
  s${k + 4} = fma(vec4f(w[${k}]), v, s${k + 4});
  #end
}

/// What an invocation loads: up to four pixels of g and four of x.
struct Loaded {
  #for i < 4
  g${i}: vec4f, x${i}: vec4f,
  #end
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
  #for i < 4
  if (${i} * LANES < 8 * SPAN) { v.g${i} = load_gradient(p, lane + ${i} * LANES); }
  if (${i} * LANES < 8 * X_COUNT) { v.x${i} = load_input(p, lane + ${i} * LANES); }
  #end
  return v;
}

fn keep_gradient(i: i32, v: vec4f) {
  if (i < 8 * SPAN) { gradients[i % SPAN][i / SPAN] = v; }
}

fn keep_input(i: i32, v: vec4f) {
  if (i < 8 * X_COUNT) { inputs[i % X_COUNT][i / X_COUNT] = v; }
}

fn keep(v: Loaded, lane: i32) {
  #for i < 4
  if (${i} * LANES < 8 * SPAN) { keep_gradient(lane + ${i} * LANES, v.g${i}); }
  if (${i} * LANES < 8 * X_COUNT) { keep_input(lane + ${i} * LANES, v.x${i}); }
  #end
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
  let rows = rows_of(split);
  let row = rows[0] % params.rows;
  let shift = tap_row - params.padding;
  var place = Place(rows[0] / params.rows, row, 0, row * STRIDE + shift, k_quad, c_quad);
  var next: Loaded;
  if (rows[0] < rows[1]) { next = load(place, lane); }
  let spans = (params.columns + SPAN - 1) / SPAN;
  for (var left = (rows[1] - rows[0]) * spans; left > 0; left--) {
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
      #for i < 8
      multiply(p + ${i}, tap, k_row, c_row);
      #end
    }
    workgroupBarrier();
  }
  let t = tap_row * TAPS + tap;
  let k = (k_quad + k_row) * 4;
  let c = c_quad + c_row;
  #for i < 4
  store(s${i}, split, k + ${i}, c, t);
  store(s${i + 4}, split, k + ${i + 16}, c, t);
  #end
}

fn store(v: vec4f, split: i32, k: i32, quad: i32, tap: i32) {
  if (k >= params.outputs || quad >= params.quads) { return; }
  y[((split * params.outputs + k) * params.quads + quad) * params.taps + tap] = v;
}
