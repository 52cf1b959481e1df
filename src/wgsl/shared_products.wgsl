// A matrix product in workgroup memory, as GPUs like it: 128 columns (pixels or tiles) by 16 WIDTH output
// channels a workgroup of 128 invocations, of 16 input channels at a time; 4 columns by 4 WIDTH channels
// an invocation. A part of conv2d_tiled and winograd_multiply_tiled, which say what WIDTH is, 1 or 2.
// What is multiplied and summed over the channels that are in workgroup memory: halves, where the
// inputs are (src/gpu/kernel_variant.ts). Such sums are then added up in f32.
alias Product = vec4f;
const IN_HALVES = false;
var<workgroup> inputs: array<array<Product, 32>, 16>; // [quad of channels, column / 32][column % 32]
var<workgroup> weights: array<array<Product, 4>, 32>; // of 4 quads, in the order of `weight`
// Sums of column i: for four output channels, and for four more. Then the same of the channels since
// they were last added up.
#for i < 4
var<private> a${i}: vec4f;
var<private> b${i}: vec4f;
var<private> p${i}: Product;
var<private> q${i}: Product;
#end

/// What an invocation loads: a column of four quads, and its share of their weights.
struct Loaded { x0: vec4f, x1: vec4f, x2: vec4f, x3: vec4f, w: vec4f }

/// Puts what was loaded into workgroup memory.
fn keep(v: Loaded, lane: i32) {
  #for i < 4
  inputs[${4 * i} + (lane >> 5)][lane & 31] = Product(v.x${i});
  #end
  if (lane < 64 * WIDTH) { weights[lane >> 2][lane & 3] = Product(v.w); }
}

/// Multiplies what is in workgroup memory.
fn multiply_kept(column: i32, row: i32) {
  #for quad < 4
  multiply(${quad}, column, row);
  #end
  if (IN_HALVES) { add_up(); }
}

/// Four channels of four columns times their weights for four or eight output channels. The first
/// index is constant, so that one check of bounds serves all: drivers then read at fixed offsets.
fn multiply(quad: i32, column: i32, row: i32) {
  #for i < 4
  let v${i} = inputs[4 * quad + ${i}][column];
  #end
  let w = 4 * WIDTH * quad;
  multiply_channel(Product(v0.x, v1.x, v2.x, v3.x), w, row);
  multiply_channel(Product(v0.y, v1.y, v2.y, v3.y), w + WIDTH, row);
  multiply_channel(Product(v0.z, v1.z, v2.z, v3.z), w + 2 * WIDTH, row);
  multiply_channel(Product(v0.w, v1.w, v2.w, v3.w), w + 3 * WIDTH, row);
}

/// One channel of four columns.
fn multiply_channel(v: Product, at: i32, row: i32) {
  let w = weights[at][row];
  #for i < 4
  p${i} = fma(Product(v[${i}]), w, p${i});
  #end
  if (WIDTH == 2) {
    let u = weights[at + 1][row];
    #for i < 4
    q${i} = fma(Product(v[${i}]), u, q${i});
    #end
  }
}

fn add_up() {
  #for i < 4
  a${i} += vec4f(p${i});
  p${i} = Product();
  #end
  if (WIDTH == 2) {
    #for i < 4
    b${i} += vec4f(q${i});
    q${i} = Product();
    #end
  }
}
