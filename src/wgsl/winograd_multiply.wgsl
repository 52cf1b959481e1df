// y[plane, k, t] = sum over channels c of w[plane, k, c] x[plane, c, t]
// Winograd's algorithms, second of three steps: 36 matrix products. For subgroups of exactly 8: 8 TILES
// tiles by CHANNELS output channels a subgroup. Each lane loads its own TILES tiles and an eighth of the
// weights, which the lanes then hand to each other. 32 channels of 8 tiles would need fewer loads than 16,
// but twice the code, which a processor's cache for decoded instructions no longer holds.
// Unrolled: q is a quad of output channels, t a tile of a lane, i a weight of a lane, c an input channel
// of four.
struct Params { tiles: u32, quads: u32, groups: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) blocks: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let plane = group.z;
  var w = (plane * params.groups + group.y) * params.quads * ${CHANNELS}u + lane;
  let block = (plane / 6u * blocks.x + group.x) * 6u + plane % 6u;
  var at = block * params.quads * ${8 * TILES}u + lane;
  #for q < CHANNELS / 4, t < TILES
  var s${q}_${t} = vec4f();
  #end
  for (var quad = 0u; quad < params.quads; quad++) {
    #for i < CHANNELS / 8
    let w${i} = weight[w + ${8 * i}u];
    #end
    #for t < TILES
    let v${t} = x[at + ${8 * t}u];
    #end
    #for q < CHANNELS / 4
    {
      // Entry c * CHANNELS / 4 + q of the weights, eight of which the lanes have in each of theirs.
      let m = mat4x4f(
        #for c < 4
        subgroupBroadcast(w${c * CHANNELS / 32}, ${c * CHANNELS / 4 % 8 + q}u),
        #end
      );
      #for t < TILES
      s${q}_${t} += m * v${t};
      #end
    }
    #end
    w += ${CHANNELS}u;
    at += ${8 * TILES}u;
  }
  let n = params.tiles;
  #for t < TILES
  let tile${t} = group.x * ${8 * TILES}u + lane + ${8 * t}u;
  if (tile${t} < n) {
    let first = (plane * params.groups + group.y) * ${CHANNELS / 4}u * n + tile${t};
    #for q < CHANNELS / 4
    y[first + ${q}u * n] = s${q}_${t};
    #end
  }
  #end
}
