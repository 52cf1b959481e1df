// y[plane, k, t] = sum over channels c of w[plane, k, c] x[plane, c, t]
// Winograd's algorithms, second of three steps: 36 matrix products. For subgroups of exactly 8:
// 16 tiles by 32 output channels a subgroup. Each lane loads its own 2 tiles and an eighth of
// the weights, which the lanes then hand to each other.
struct Params { tiles: u32, quads: u32, groups: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) blocks: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let plane = group.z;
  var w = (plane * params.groups + group.y) * params.quads * 32u + lane;
  let block = (plane / 6u * blocks.x + group.x) * 6u + plane % 6u;
  var at = block * params.quads * 16u + lane;
  var s0a = vec4f(); var s0b = vec4f();
  var s1a = vec4f(); var s1b = vec4f();
  var s2a = vec4f(); var s2b = vec4f();
  var s3a = vec4f(); var s3b = vec4f();
  var s4a = vec4f(); var s4b = vec4f();
  var s5a = vec4f(); var s5b = vec4f();
  var s6a = vec4f(); var s6b = vec4f();
  var s7a = vec4f(); var s7b = vec4f();
  for (var quad = 0u; quad < params.quads; quad++) {
    let w0 = weight[w];
    let w1 = weight[w + 8u];
    let w2 = weight[w + 16u];
    let w3 = weight[w + 24u];
    let v0 = x[at];
    let v1 = x[at + 8u];
    {
      let m = mat4x4f(subgroupBroadcast(w0, 0u), subgroupBroadcast(w1, 0u),
                      subgroupBroadcast(w2, 0u), subgroupBroadcast(w3, 0u));
      s0a += m * v0; s0b += m * v1;
    }
    {
      let m = mat4x4f(subgroupBroadcast(w0, 1u), subgroupBroadcast(w1, 1u),
                      subgroupBroadcast(w2, 1u), subgroupBroadcast(w3, 1u));
      s1a += m * v0; s1b += m * v1;
    }
    {
      let m = mat4x4f(subgroupBroadcast(w0, 2u), subgroupBroadcast(w1, 2u),
                      subgroupBroadcast(w2, 2u), subgroupBroadcast(w3, 2u));
      s2a += m * v0; s2b += m * v1;
    }
    {
      let m = mat4x4f(subgroupBroadcast(w0, 3u), subgroupBroadcast(w1, 3u),
                      subgroupBroadcast(w2, 3u), subgroupBroadcast(w3, 3u));
      s3a += m * v0; s3b += m * v1;
    }
    {
      let m = mat4x4f(subgroupBroadcast(w0, 4u), subgroupBroadcast(w1, 4u),
                      subgroupBroadcast(w2, 4u), subgroupBroadcast(w3, 4u));
      s4a += m * v0; s4b += m * v1;
    }
    {
      let m = mat4x4f(subgroupBroadcast(w0, 5u), subgroupBroadcast(w1, 5u),
                      subgroupBroadcast(w2, 5u), subgroupBroadcast(w3, 5u));
      s5a += m * v0; s5b += m * v1;
    }
    {
      let m = mat4x4f(subgroupBroadcast(w0, 6u), subgroupBroadcast(w1, 6u),
                      subgroupBroadcast(w2, 6u), subgroupBroadcast(w3, 6u));
      s6a += m * v0; s6b += m * v1;
    }
    {
      let m = mat4x4f(subgroupBroadcast(w0, 7u), subgroupBroadcast(w1, 7u),
                      subgroupBroadcast(w2, 7u), subgroupBroadcast(w3, 7u));
      s7a += m * v0; s7b += m * v1;
    }
    w += 32u;
    at += 16u;
  }
  let row = (plane * params.groups + group.y) * 8u;
  let tile = group.x * 16u + lane;
  store(row, tile, s0a, s1a, s2a, s3a, s4a, s5a, s6a, s7a);
  store(row, tile + 8u, s0b, s1b, s2b, s3b, s4b, s5b, s6b, s7b);
}

fn store(row: u32, tile: u32, a: vec4f, b: vec4f, c: vec4f, d: vec4f, e: vec4f, f: vec4f, g: vec4f,
         h: vec4f) {
  let n = params.tiles;
  if (tile >= n) { return; }
  let at = row * n + tile;
  y[at] = a;
  y[at + n] = b;
  y[at + 2u * n] = c;
  y[at + 3u * n] = d;
  y[at + 4u * n] = e;
  y[at + 5u * n] = f;
  y[at + 6u * n] = g;
  y[at + 7u * n] = h;
}
