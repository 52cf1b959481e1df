// y[k, p] = prelu(bias[k] + sum over taps t and channels c of w[k, c, t] x[c, p * stride + t - padding])
// An implicit matrix product for GPUs: 128 pixels by TILE output channels a workgroup, whose inputs
// and weights of 16 channels at one tap lie in workgroup memory; 4 pixels by TILE / 4 channels an
// invocation. What comes next is loaded into registers while the products are taken.
override TILE: i32; // 16 or 32
// Parts that the channels are summed in, by workgroups of their own, each into a y of its own: where
// there are few pixels. The first part adds the bias.
override PARTS: i32;
override HAS_BIAS: bool;
override HAS_SLOPE: bool;
override WIDTH = TILE / 16; // quads of output channels of an invocation
// What is multiplied and summed over the channels that are in workgroup memory: halves, where the
// inputs are (src/gpu/kernel_variant.ts). Such sums are then added up in f32.
alias Product = vec4f;
const IN_HALVES = false;
struct Params {
  batch: i32, height: i32, width: i32, quads: i32, x_from: i32, x_quads: i32,
  rows: i32, columns: i32, full_height: i32, full_width: i32, output_quads: i32, tiles: i32,
  y_from: i32, y_quads: i32, taps_x: i32, taps_y: i32, whole_x: i32, whole_y: i32,
  stride: i32, padding_y: i32, padding_x: i32, phases: i32, phase_offset: i32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read> slope: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(5) var<uniform> params: Params;

var<workgroup> inputs: array<array<Product, 32>, 16>; // [quad of channels, pixel / 32][pixel % 32]
var<workgroup> weights: array<array<Product, 4>, 32>; // of 4 quads, in the order of `weight`
// Sums of four pixels: for four output channels, and for four more.
var<private> a0: vec4f; var<private> a1: vec4f; var<private> a2: vec4f; var<private> a3: vec4f;
var<private> b0: vec4f; var<private> b1: vec4f; var<private> b2: vec4f; var<private> b3: vec4f;
// The same of the channels since they were last added up.
var<private> p0: Product; var<private> p1: Product; var<private> p2: Product; var<private> p3: Product;
var<private> q0: Product; var<private> q1: Product; var<private> q2: Product; var<private> q3: Product;

/// Where an invocation reads and writes for one pixel of the result.
struct Pixel {
  batch: i32, top: i32, left: i32, full_row: i32, full_column: i32, inside: bool,
}

fn pixel(index: i32, phase: i32) -> Pixel {
  let phase_y = phase / params.phases;
  let phase_x = phase % params.phases;
  let column = index % params.columns;
  let row = (index / params.columns) % params.rows;
  let batch = index / (params.columns * params.rows);
  let top = row * params.stride - params.padding_y + (phase_y + params.phase_offset) / params.phases;
  let left = column * params.stride - params.padding_x + (phase_x + params.phase_offset) / params.phases;
  let full_row = row * params.phases + phase_y;
  let full_column = column * params.phases + phase_x;
  let inside = batch < params.batch && full_row < params.full_height && full_column < params.full_width;
  return Pixel(batch, top, left, full_row, full_column, inside);
}

/// The first tap along an axis that a phase has: those with fewer than the others lack the first one.
fn first_tap(phase: i32, whole: i32) -> i32 {
  return select(1, 0, (phase + params.phase_offset) % params.phases < whole);
}

/// Four channels of four pixels times their weights for four or eight output channels. The first
/// index is constant, so that one check of bounds serves all: drivers then read at fixed offsets.
fn multiply(quad: i32, column: i32, row: i32) {
  let v0 = inputs[4 * quad][column];
  let v1 = inputs[4 * quad + 1][column];
  let v2 = inputs[4 * quad + 2][column];
  let v3 = inputs[4 * quad + 3][column];
  let w = 4 * WIDTH * quad;
  multiply_channel(Product(v0.x, v1.x, v2.x, v3.x), w, row);
  multiply_channel(Product(v0.y, v1.y, v2.y, v3.y), w + WIDTH, row);
  multiply_channel(Product(v0.z, v1.z, v2.z, v3.z), w + 2 * WIDTH, row);
  multiply_channel(Product(v0.w, v1.w, v2.w, v3.w), w + 3 * WIDTH, row);
}

/// One channel of four pixels.
fn multiply_channel(v: Product, at: i32, row: i32) {
  let w = weights[at][row];
  p0 = fma(Product(v.x), w, p0);
  p1 = fma(Product(v.y), w, p1);
  p2 = fma(Product(v.z), w, p2);
  p3 = fma(Product(v.w), w, p3);
  if (WIDTH == 2) {
    let u = weights[at + 1][row];
    q0 = fma(Product(v.x), u, q0);
    q1 = fma(Product(v.y), u, q1);
    q2 = fma(Product(v.z), u, q2);
    q3 = fma(Product(v.w), u, q3);
  }
}

fn add_up() {
  a0 += vec4f(p0); a1 += vec4f(p1); a2 += vec4f(p2); a3 += vec4f(p3);
  p0 = Product(); p1 = Product(); p2 = Product(); p3 = Product();
  if (WIDTH == 2) {
    b0 += vec4f(q0); b1 += vec4f(q1); b2 += vec4f(q2); b3 += vec4f(q3);
    q0 = Product(); q1 = Product(); q2 = Product(); q3 = Product();
  }
}

/// What an invocation loads: a pixel of four quads, and its share of their weights.
struct Loaded { x0: vec4f, x1: vec4f, x2: vec4f, x3: vec4f, w: vec4f }

fn load(p: Pixel, quad: i32, dy: i32, dx: i32, first_weight: i32, lane: i32) -> Loaded {
  var v: Loaded;
  let row = p.top + dy;
  let column = p.left + dx;
  let area = params.height * params.width;
  if (p.inside && row >= 0 && row < params.height && column >= 0 && column < params.width) {
    let plane = p.batch * params.x_quads + params.x_from + quad;
    let at = (plane * params.height + row) * params.width + column;
    v.x0 = x[at];
    if (quad + 1 < params.quads) { v.x1 = x[at + area]; }
    if (quad + 2 < params.quads) { v.x2 = x[at + 2 * area]; }
    if (quad + 3 < params.quads) { v.x3 = x[at + 3 * area]; }
  }
  if (lane < 4 * TILE && quad * TILE + lane < params.quads * TILE) {
    let tap = dy * params.taps_x + dx;
    v.w = weight[first_weight + (tap * params.quads + quad) * TILE + lane];
  }
  return v;
}

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) index: u32) {
  let lane = i32(index);
  // 32 invocations take 8 columns of pixels by 4 rows of channels.
  let column = (lane & 7) | ((lane >> 5) << 3);
  let row = (lane >> 3) & 3;
  let tile = i32(group.y) % params.tiles;
  let part = i32(group.y) / params.tiles;
  let phases = u32(params.phases * params.phases);
  let phase = i32(group.z % phases);
  let block = i32(group.z / phases * groups.x + group.x) * 128;
  let own = pixel(block + lane, phase);
  let first_weight = (phase * params.tiles + tile) * params.taps_y * params.taps_x * params.quads * TILE;
  // Taps within channels: what a tap reads is still in the cache for the next.
  let quads_of_part = (params.quads + 4 * PARTS - 1) / (4 * PARTS) * 4;
  let first_y = first_tap(phase / params.phases, params.whole_y);
  let first_x = first_tap(phase % params.phases, params.whole_x);
  let has_taps = first_y < params.taps_y && first_x < params.taps_x;
  let end = select(0, min((part + 1) * quads_of_part, params.quads), has_taps);
  var quad = part * quads_of_part;
  var dy = first_y;
  var dx = first_x;
  var next: Loaded;
  if (quad < end) { next = load(own, quad, dy, dx, first_weight, lane); }
  while (quad < end) {
    inputs[lane >> 5][lane & 31] = Product(next.x0);
    inputs[4 + (lane >> 5)][lane & 31] = Product(next.x1);
    inputs[8 + (lane >> 5)][lane & 31] = Product(next.x2);
    inputs[12 + (lane >> 5)][lane & 31] = Product(next.x3);
    if (lane < 4 * TILE) { weights[lane >> 2][lane & 3] = Product(next.w); }
    workgroupBarrier();
    dx++;
    if (dx == params.taps_x) {
      dx = first_x;
      dy++;
      if (dy == params.taps_y) {
        dy = first_y;
        quad += 4;
      }
    }
    if (quad < end) { next = load(own, quad, dy, dx, first_weight, lane); }
    multiply(0, column, row);
    multiply(1, column, row);
    multiply(2, column, row);
    multiply(3, column, row);
    if (IN_HALVES) { add_up(); }
    workgroupBarrier();
  }
  add_up();
  let first = tile * TILE / 4 + row;
  store(a0, b0, first, part, pixel(block + column, phase));
  store(a1, b1, first, part, pixel(block + column + 32, phase));
  store(a2, b2, first, part, pixel(block + column + 64, phase));
  store(a3, b3, first, part, pixel(block + column + 96, phase));
}

fn store(a: vec4f, b: vec4f, quad: i32, part: i32, at: Pixel) {
  if (!at.inside) { return; }
  store_quad(a, quad, part, at);
  if (WIDTH == 2) { store_quad(b, quad + 4, part, at); }
}

fn store_quad(sum: vec4f, quad: i32, part: i32, at: Pixel) {
  if (quad >= params.output_quads) { return; }
  var v = sum;
  if (HAS_BIAS && part == 0) { v += bias[quad]; }
  if (HAS_SLOPE) { v *= select(slope[quad], vec4f(1.0), v > vec4f()); }
  let plane = (part * params.batch + at.batch) * params.y_quads + params.y_from + quad;
  y[(plane * params.full_height + at.full_row) * params.full_width + at.full_column] = v;
}
