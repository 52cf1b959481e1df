// y[plane, k, t] = sum over channels c of w[plane, k, c] x[plane, c, t]
// Winograd's algorithms, second of three steps: 36 matrix products. For subgroups of exactly 8: 64
// tiles by 16 output channels a subgroup. Each lane loads its own 8 tiles and an eighth of the
// weights, which the lanes then hand to each other. More channels would need fewer loads, but twice
// the code, which a processor's cache for decoded instructions no longer holds.
struct Params { tiles: u32, quads: u32, groups: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) blocks: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let plane = group.z;
  var w = (plane * params.groups + group.y) * params.quads * 16u + lane;
  let block = (plane / 6u * blocks.x + group.x) * 6u + plane % 6u;
  var at = block * params.quads * 64u + lane;
  var s0a = vec4f(); var s0b = vec4f(); var s0c = vec4f(); var s0d = vec4f();
  var s0e = vec4f(); var s0f = vec4f(); var s0g = vec4f(); var s0h = vec4f();
  var s1a = vec4f(); var s1b = vec4f(); var s1c = vec4f(); var s1d = vec4f();
  var s1e = vec4f(); var s1f = vec4f(); var s1g = vec4f(); var s1h = vec4f();
  var s2a = vec4f(); var s2b = vec4f(); var s2c = vec4f(); var s2d = vec4f();
  var s2e = vec4f(); var s2f = vec4f(); var s2g = vec4f(); var s2h = vec4f();
  var s3a = vec4f(); var s3b = vec4f(); var s3c = vec4f(); var s3d = vec4f();
  var s3e = vec4f(); var s3f = vec4f(); var s3g = vec4f(); var s3h = vec4f();
  for (var quad = 0u; quad < params.quads; quad++) {
    let w0 = weight[w];
    let w1 = weight[w + 8u];
    let v0 = x[at];
    let v1 = x[at + 8u];
    let v2 = x[at + 16u];
    let v3 = x[at + 24u];
    let v4 = x[at + 32u];
    let v5 = x[at + 40u];
    let v6 = x[at + 48u];
    let v7 = x[at + 56u];
    {
      let m = mat4x4f(subgroupBroadcast(w0, 0u), subgroupBroadcast(w0, 4u),
                      subgroupBroadcast(w1, 0u), subgroupBroadcast(w1, 4u));
      s0a += m * v0; s0b += m * v1; s0c += m * v2; s0d += m * v3;
      s0e += m * v4; s0f += m * v5; s0g += m * v6; s0h += m * v7;
    }
    {
      let m = mat4x4f(subgroupBroadcast(w0, 1u), subgroupBroadcast(w0, 5u),
                      subgroupBroadcast(w1, 1u), subgroupBroadcast(w1, 5u));
      s1a += m * v0; s1b += m * v1; s1c += m * v2; s1d += m * v3;
      s1e += m * v4; s1f += m * v5; s1g += m * v6; s1h += m * v7;
    }
    {
      let m = mat4x4f(subgroupBroadcast(w0, 2u), subgroupBroadcast(w0, 6u),
                      subgroupBroadcast(w1, 2u), subgroupBroadcast(w1, 6u));
      s2a += m * v0; s2b += m * v1; s2c += m * v2; s2d += m * v3;
      s2e += m * v4; s2f += m * v5; s2g += m * v6; s2h += m * v7;
    }
    {
      let m = mat4x4f(subgroupBroadcast(w0, 3u), subgroupBroadcast(w0, 7u),
                      subgroupBroadcast(w1, 3u), subgroupBroadcast(w1, 7u));
      s3a += m * v0; s3b += m * v1; s3c += m * v2; s3d += m * v3;
      s3e += m * v4; s3f += m * v5; s3g += m * v6; s3h += m * v7;
    }
    w += 16u;
    at += 64u;
  }
  let row = (plane * params.groups + group.y) * 4u;
  let tile = group.x * 64u + lane;
  store(row, tile, s0a, s1a, s2a, s3a);
  store(row, tile + 8u, s0b, s1b, s2b, s3b);
  store(row, tile + 16u, s0c, s1c, s2c, s3c);
  store(row, tile + 24u, s0d, s1d, s2d, s3d);
  store(row, tile + 32u, s0e, s1e, s2e, s3e);
  store(row, tile + 40u, s0f, s1f, s2f, s3f);
  store(row, tile + 48u, s0g, s1g, s2g, s3g);
  store(row, tile + 56u, s0h, s1h, s2h, s3h);
}

fn store(row: u32, tile: u32, a: vec4f, b: vec4f, c: vec4f, d: vec4f) {
  let n = params.tiles;
  if (tile >= n) { return; }
  let at = row * n + tile;
  y[at] = a;
  y[at + n] = b;
  y[at + 2u * n] = c;
  y[at + 3u * n] = d;
}
