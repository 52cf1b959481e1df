// y[plane, k, t] = sum over channels c of w[plane, k, c] x[plane, c, t]
// Winograd's F(4x4, 3x3), second of three steps: 36 matrix products. For GPUs: 128 tiles by 32
// output channels a workgroup, whose inputs and weights of eight channels lie in workgroup memory;
// 8 tiles by 8 channels an invocation, in registers.
struct Params { tiles: i32, quads: i32, groups: i32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> inputs: array<vec4f, 256>; // two quads of channels of 128 tiles
var<workgroup> weights: array<vec4f, 64>; // of two quads, in the order of `weight`

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) blocks: vec3u,
        @builtin(local_invocation_index) index: u32) {
  let lane = i32(index & 63u);
  // A warp of 32 takes 8 columns of tiles by 4 rows of channels.
  let column = (lane & 7) | ((lane & 32) >> 2);
  let row = (lane >> 3) & 3;
  let plane = i32(group.z);
  let row_of_groups = plane * params.groups + i32(group.y);
  var w_from = row_of_groups * params.quads * 32 + lane;
  var start = (plane * i32(blocks.x) + i32(group.x)) * params.quads * 128 + lane;
  // a: the first four output channels of an invocation, b: the second; 0..7: its tiles.
  var a0 = vec4f(); var a1 = vec4f(); var a2 = vec4f(); var a3 = vec4f();
  var a4 = vec4f(); var a5 = vec4f(); var a6 = vec4f(); var a7 = vec4f();
  var b0 = vec4f(); var b1 = vec4f(); var b2 = vec4f(); var b3 = vec4f();
  var b4 = vec4f(); var b5 = vec4f(); var b6 = vec4f(); var b7 = vec4f();
  for (var quad = 0; quad < params.quads; quad += 2) {
    let both = quad + 1 < params.quads;
    let whole = both || lane < 32;
    inputs[lane] = x[start];
    inputs[64 + lane] = x[start + 64];
    inputs[128 + lane] = select(vec4f(), x[select(start, start + 128, both)], both);
    inputs[192 + lane] = select(vec4f(), x[select(start, start + 192, both)], both);
    weights[lane] = select(vec4f(), weight[select(0, w_from, whole)], whole);
    workgroupBarrier();
    for (var q = 0; q < 2; q++) {
      let at = ((q & 1) << 7) | column;
      let v0 = inputs[at];
      let v1 = inputs[at + 16];
      let v2 = inputs[at + 32];
      let v3 = inputs[at + 48];
      let v4 = inputs[at + 64];
      let v5 = inputs[at + 80];
      let v6 = inputs[at + 96];
      let v7 = inputs[at + 112];
      let w_at = ((q & 1) << 5) | row;
      var w = weights[w_at];
      var u = weights[w_at + 4];
      a0 = fma(vec4f(v0.x), w, a0); b0 = fma(vec4f(v0.x), u, b0);
      a1 = fma(vec4f(v1.x), w, a1); b1 = fma(vec4f(v1.x), u, b1);
      a2 = fma(vec4f(v2.x), w, a2); b2 = fma(vec4f(v2.x), u, b2);
      a3 = fma(vec4f(v3.x), w, a3); b3 = fma(vec4f(v3.x), u, b3);
      a4 = fma(vec4f(v4.x), w, a4); b4 = fma(vec4f(v4.x), u, b4);
      a5 = fma(vec4f(v5.x), w, a5); b5 = fma(vec4f(v5.x), u, b5);
      a6 = fma(vec4f(v6.x), w, a6); b6 = fma(vec4f(v6.x), u, b6);
      a7 = fma(vec4f(v7.x), w, a7); b7 = fma(vec4f(v7.x), u, b7);
      w = weights[w_at + 8];
      u = weights[w_at + 12];
      a0 = fma(vec4f(v0.y), w, a0); b0 = fma(vec4f(v0.y), u, b0);
      a1 = fma(vec4f(v1.y), w, a1); b1 = fma(vec4f(v1.y), u, b1);
      a2 = fma(vec4f(v2.y), w, a2); b2 = fma(vec4f(v2.y), u, b2);
      a3 = fma(vec4f(v3.y), w, a3); b3 = fma(vec4f(v3.y), u, b3);
      a4 = fma(vec4f(v4.y), w, a4); b4 = fma(vec4f(v4.y), u, b4);
      a5 = fma(vec4f(v5.y), w, a5); b5 = fma(vec4f(v5.y), u, b5);
      a6 = fma(vec4f(v6.y), w, a6); b6 = fma(vec4f(v6.y), u, b6);
      a7 = fma(vec4f(v7.y), w, a7); b7 = fma(vec4f(v7.y), u, b7);
      w = weights[w_at + 16];
      u = weights[w_at + 20];
      a0 = fma(vec4f(v0.z), w, a0); b0 = fma(vec4f(v0.z), u, b0);
      a1 = fma(vec4f(v1.z), w, a1); b1 = fma(vec4f(v1.z), u, b1);
      a2 = fma(vec4f(v2.z), w, a2); b2 = fma(vec4f(v2.z), u, b2);
      a3 = fma(vec4f(v3.z), w, a3); b3 = fma(vec4f(v3.z), u, b3);
      a4 = fma(vec4f(v4.z), w, a4); b4 = fma(vec4f(v4.z), u, b4);
      a5 = fma(vec4f(v5.z), w, a5); b5 = fma(vec4f(v5.z), u, b5);
      a6 = fma(vec4f(v6.z), w, a6); b6 = fma(vec4f(v6.z), u, b6);
      a7 = fma(vec4f(v7.z), w, a7); b7 = fma(vec4f(v7.z), u, b7);
      w = weights[w_at + 24];
      u = weights[w_at + 28];
      a0 = fma(vec4f(v0.w), w, a0); b0 = fma(vec4f(v0.w), u, b0);
      a1 = fma(vec4f(v1.w), w, a1); b1 = fma(vec4f(v1.w), u, b1);
      a2 = fma(vec4f(v2.w), w, a2); b2 = fma(vec4f(v2.w), u, b2);
      a3 = fma(vec4f(v3.w), w, a3); b3 = fma(vec4f(v3.w), u, b3);
      a4 = fma(vec4f(v4.w), w, a4); b4 = fma(vec4f(v4.w), u, b4);
      a5 = fma(vec4f(v5.w), w, a5); b5 = fma(vec4f(v5.w), u, b5);
      a6 = fma(vec4f(v6.w), w, a6); b6 = fma(vec4f(v6.w), u, b6);
      a7 = fma(vec4f(v7.w), w, a7); b7 = fma(vec4f(v7.w), u, b7);
    }
    workgroupBarrier();
    w_from += 64;
    start += 256;
  }
  let first = row_of_groups * 8 + row;
  let tile = i32(group.x) * 128 + column;
  store(a0, b0, first, tile);
  store(a1, b1, first, tile + 16);
  store(a2, b2, first, tile + 32);
  store(a3, b3, first, tile + 48);
  store(a4, b4, first, tile + 64);
  store(a5, b5, first, tile + 80);
  store(a6, b6, first, tile + 96);
  store(a7, b7, first, tile + 112);
}

fn store(a: vec4f, b: vec4f, row: i32, tile: i32) {
  if (tile >= params.tiles) { return; }
  y[row * params.tiles + tile] = a;
  y[(row + 4) * params.tiles + tile] = b;
}
