// y[k, p] = prelu(bias[k] + sum over taps t and channels c of w[k, c, t] x[c, p * stride + t - padding])
// An implicit matrix product for GPUs (shared_products.wgsl): 128 pixels by TILE output channels a
// workgroup, of 16 channels at one tap at a time. What comes next is loaded into registers while the
// products are taken.
override TILE: i32; // 16 or 32
// Parts that the channels are summed in, by workgroups of their own, each into a y of its own: where
// there are few pixels. The first part adds the bias.
override PARTS: i32;
override WIDTH = TILE / 16; // quads of output channels of an invocation

fn load(p: Pixel, quad: i32, dy: i32, dx: i32, first_weight: i32, lane: i32) -> Loaded {
  var v: Loaded;
  let area = params.height * params.width;
  if (seen(p, dy, dx)) {
    let at = address(p, dy, dx) + quad * area;
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
    keep(next, lane);
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
    multiply_kept(column, row);
    workgroupBarrier();
  }
  add_up();
  let first = tile * TILE / 4 + row;
  #for i < 4
  let p${i} = pixel(block + column + ${32 * i}, phase);
  store(a${i}, first, part, p${i});
  if (WIDTH == 2) { store(b${i}, first + 4, part, p${i}); }
  #end
}
