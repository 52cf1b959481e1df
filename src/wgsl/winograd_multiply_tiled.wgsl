// y[plane, k, t] = sum over channels c of w[plane, k, c] x[plane, c, t]
// Winograd's algorithms, second of three steps: 36 matrix products. For GPUs: 128 tiles by 32
// output channels a workgroup, whose inputs and weights of 16 channels lie in workgroup memory; 4
// tiles by 8 channels an invocation. What comes next is loaded while the products are taken.
// What is multiplied and summed over the channels that are in workgroup memory: halves, where the
// inputs are (src/gpu/kernel_variant.ts). Such sums are then added up in f32.
alias Product = vec4f;
const IN_HALVES = false;
struct Params { tiles: i32, quads: i32, groups: i32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> inputs: array<array<Product, 32>, 16>; // [quad of channels, tile / 32][tile % 32]
var<workgroup> weights: array<array<Product, 4>, 32>; // of 4 quads, in the order of `weight`
// Sums of four tiles: for four output channels, and for four more.
var<private> a0: vec4f; var<private> a1: vec4f; var<private> a2: vec4f; var<private> a3: vec4f;
var<private> b0: vec4f; var<private> b1: vec4f; var<private> b2: vec4f; var<private> b3: vec4f;
// The same of the channels since they were last added up.
var<private> p0: Product; var<private> p1: Product; var<private> p2: Product; var<private> p3: Product;
var<private> q0: Product; var<private> q1: Product; var<private> q2: Product; var<private> q3: Product;

/// Four channels of four tiles times their weights for eight output channels. The first
/// index is constant, so that one check of bounds serves all: drivers then read at fixed offsets.
fn multiply(quad: i32, column: i32, row: i32) {
  let v0 = inputs[4 * quad][column];
  let v1 = inputs[4 * quad + 1][column];
  let v2 = inputs[4 * quad + 2][column];
  let v3 = inputs[4 * quad + 3][column];
  let w = 8 * quad;
  multiply_channel(Product(v0.x, v1.x, v2.x, v3.x), w, row);
  multiply_channel(Product(v0.y, v1.y, v2.y, v3.y), w + 2, row);
  multiply_channel(Product(v0.z, v1.z, v2.z, v3.z), w + 4, row);
  multiply_channel(Product(v0.w, v1.w, v2.w, v3.w), w + 6, row);
}

/// One channel of four tiles.
fn multiply_channel(v: Product, at: i32, row: i32) {
  let w = weights[at][row];
  p0 = fma(Product(v.x), w, p0);
  p1 = fma(Product(v.y), w, p1);
  p2 = fma(Product(v.z), w, p2);
  p3 = fma(Product(v.w), w, p3);
  let u = weights[at + 1][row];
  q0 = fma(Product(v.x), u, q0);
  q1 = fma(Product(v.y), u, q1);
  q2 = fma(Product(v.z), u, q2);
  q3 = fma(Product(v.w), u, q3);
}

fn add_up() {
  a0 += vec4f(p0); a1 += vec4f(p1); a2 += vec4f(p2); a3 += vec4f(p3);
  b0 += vec4f(q0); b1 += vec4f(q1); b2 += vec4f(q2); b3 += vec4f(q3);
  p0 = Product(); p1 = Product(); p2 = Product(); p3 = Product();
  q0 = Product(); q1 = Product(); q2 = Product(); q3 = Product();
}

/// What an invocation loads: a tile of four quads, and its share of their weights.
struct Loaded { x0: vec4f, x1: vec4f, x2: vec4f, x3: vec4f, w: vec4f }

fn load(quad: i32, tile: i32, first_weight: i32, lane: i32) -> Loaded {
  var v: Loaded;
  let at = tile + quad * 128;
  v.x0 = x[at];
  if (quad + 1 < params.quads) { v.x1 = x[at + 128]; }
  if (quad + 2 < params.quads) { v.x2 = x[at + 256]; }
  if (quad + 3 < params.quads) { v.x3 = x[at + 384]; }
  if (quad * 32 + lane < params.quads * 32) { v.w = weight[first_weight + quad * 32 + lane]; }
  return v;
}

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) blocks: vec3u,
        @builtin(local_invocation_index) index: u32) {
  let lane = i32(index);
  // 32 invocations take 8 columns of tiles by 4 rows of channels.
  let column = (lane & 7) | ((lane >> 5) << 3);
  let row = (lane >> 3) & 3;
  let plane = i32(group.z);
  let row_of_groups = plane * params.groups + i32(group.y);
  let first_weight = row_of_groups * params.quads * 32;
  let block = (plane / 6 * i32(blocks.x) + i32(group.x)) * 6 + plane % 6;
  let own = block * params.quads * 128 + lane;
  var next = load(0, own, first_weight, lane);
  for (var quad = 0; quad < params.quads; quad += 4) {
    inputs[lane >> 5][lane & 31] = Product(next.x0);
    inputs[4 + (lane >> 5)][lane & 31] = Product(next.x1);
    inputs[8 + (lane >> 5)][lane & 31] = Product(next.x2);
    inputs[12 + (lane >> 5)][lane & 31] = Product(next.x3);
    weights[lane >> 2][lane & 3] = Product(next.w);
    workgroupBarrier();
    if (quad + 4 < params.quads) { next = load(quad + 4, own, first_weight, lane); }
    multiply(0, column, row);
    multiply(1, column, row);
    multiply(2, column, row);
    multiply(3, column, row);
    if (IN_HALVES) { add_up(); }
    workgroupBarrier();
  }
  add_up();
  let first = row_of_groups * 8 + row;
  let tile = i32(group.x) * 128 + column;
  store(a0, b0, first, tile);
  store(a1, b1, first, tile + 32);
  store(a2, b2, first, tile + 64);
  store(a3, b3, first, tile + 96);
}

fn store(a: vec4f, b: vec4f, row: i32, tile: i32) {
  if (tile >= params.tiles) { return; }
  y[row * params.tiles + tile] = a;
  y[(row + 4) * params.tiles + tile] = b;
}
