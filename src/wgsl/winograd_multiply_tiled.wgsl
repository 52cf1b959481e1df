// y[plane, k, t] = sum over channels c of w[plane, k, c] x[plane, c, t]
// Winograd's algorithms, second of three steps: 36 matrix products. For GPUs (shared_products.wgsl): 128
// tiles by 32 output channels a workgroup. What comes next is loaded while the products are taken.
const WIDTH = 2; // quads of output channels of an invocation
struct Params { tiles: i32, quads: i32, groups: i32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

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
    keep(next, lane);
    workgroupBarrier();
    if (quad + 4 < params.quads) { next = load(quad + 4, own, first_weight, lane); }
    multiply_kept(column, row);
    workgroupBarrier();
  }
  add_up();
  let first = row_of_groups * 8 + row;
  let tile = i32(group.x) * 128 + column;
  #for i < 4
  store(a${i}, b${i}, first, tile + ${32 * i});
  #end
}

fn store(a: vec4f, b: vec4f, row: i32, tile: i32) {
  if (tile >= params.tiles) { return; }
  y[row * params.tiles + tile] = a;
  y[(row + 4) * params.tiles + tile] = b;
}
