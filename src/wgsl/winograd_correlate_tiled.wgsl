// y[plane, split, k, c] = sum over tiles t of g[plane, t, k] x[plane, t, c], tiles t split
// A weight's gradient by Winograd's F(3x3, 4x4), third of four steps: 36 matrix products. For GPUs:
// 32 output by 32 input channels of four planes a workgroup, a plane for each 32 invocations, and 8
// output by 4 input channels an invocation. Eight tiles lie in workgroup memory at a time. What
// comes next is loaded while the products are taken.
struct Params {
  tiles: i32, quads: i32, outputs: i32, output_quads: i32, groups: i32, parts: i32,
  sample_tiles: i32, span: i32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> g: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

// [tile][quad of plane 0, of plane 1, ...]
var<workgroup> gradients: array<array<vec4f, 32>, 8>;
var<workgroup> inputs: array<array<vec4f, 32>, 8>;
// Sums for eight output channels.
#for k < 8
var<private> s${k}: vec4f;
#end

/// The products of a tile. The first index is constant, so that one check of bounds serves all.
fn multiply(tile: i32, k_row: i32, c_row: i32) {
  let u = gradients[tile][k_row];
  let w = gradients[tile][k_row + 4];
  let v = inputs[tile][c_row];
  #for k < 4
  s${k} = fma(vec4f(u[${k}]), v, s${k});
  s${k + 4} = fma(vec4f(w[${k}]), v, s${k + 4});
  #end
}

/// What an invocation loads: a quad of g and one of x, of two tiles each.
struct Loaded { g0: vec4f, g1: vec4f, x0: vec4f, x1: vec4f }

/// Where an invocation loads: its entries of g and x of a tile, and whether there are such quads.
struct Place { g: i32, x: i32, in_g: bool, in_x: bool }

fn load(p: Place, tile: i32, end: i32) -> Loaded {
  var v: Loaded;
  if (p.in_g && tile < end) { v.g0 = g[p.g + tile * 6 * params.output_quads]; }
  if (p.in_g && tile + 4 < end) { v.g1 = g[p.g + (tile + 4) * 6 * params.output_quads]; }
  if (p.in_x && tile < end) { v.x0 = x[p.x + tile * 6 * params.quads]; }
  if (p.in_x && tile + 4 < end) { v.x1 = x[p.x + (tile + 4) * 6 * params.quads]; }
  return v;
}

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) blocks: vec3u,
        @builtin(local_invocation_index) index: u32) {
  let lane = i32(index);
  let of_plane = lane / 32;
  let plane = i32(group.z) * 4 + of_plane;
  let k_quad = i32(group.x) % params.groups * 8;
  let c_quad = i32(group.x) / params.groups * 8;
  let split = i32(group.y);
  let sample = split / params.parts;
  let begin = sample * params.sample_tiles + split % params.parts * params.span;
  let end = min(begin + params.span, (sample + 1) * params.sample_tiles);
  // Loads: the quad and the first of the tiles; products: the quads of output and of input channels.
  let quad = lane % 8;
  let own = lane / 8 % 4;
  let k_row = of_plane * 8 + own;
  let c_row = of_plane * 8 + quad;
  let row = plane / 6 * params.tiles * 6 + plane % 6;
  let place = Place(
    row * params.output_quads + k_quad + quad,
    row * params.quads + c_quad + quad,
    k_quad + quad < params.output_quads,
    c_quad + quad < params.quads,
  );
  var next = load(place, begin + own, end);
  for (var tile = begin; tile < end; tile += 8) {
    gradients[own][c_row] = next.g0;
    gradients[own + 4][c_row] = next.g1;
    inputs[own][c_row] = next.x0;
    inputs[own + 4][c_row] = next.x1;
    workgroupBarrier();
    next = load(place, tile + 8 + own, end);
    #for i < 8
    multiply(${i}, k_row, c_row);
    #end
    workgroupBarrier();
  }
  let of_split = (plane * i32(blocks.y) + split) * params.outputs;
  let k = (k_quad + own) * 4;
  let c = c_quad + quad;
  #for i < 4
  store(s${i}, of_split, k + ${i}, c);
  store(s${i + 4}, of_split, k + ${i + 16}, c);
  #end
}

fn store(v: vec4f, of_split: i32, k: i32, quad: i32) {
  if (k >= params.outputs || quad >= params.quads) { return; }
  y[(of_split + k) * params.quads + quad] = v;
}
