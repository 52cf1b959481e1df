// y[plane, k, t] = sum over channels c of w[plane, k, c] x[plane, c, t]
// Winograd's F(4x4, 3x3), second of three steps: 36 matrix products. For subgroups of exactly 8:
// 64 tiles by 32 output channels a subgroup. Each lane loads its own 8 tiles and an eighth of
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
  var at = (plane * blocks.x + group.x) * params.quads * 64u + lane;
  var s0a = vec4f(); var s0b = vec4f(); var s0c = vec4f(); var s0d = vec4f();
  var s0e = vec4f(); var s0f = vec4f(); var s0g = vec4f(); var s0h = vec4f();
  var s1a = vec4f(); var s1b = vec4f(); var s1c = vec4f(); var s1d = vec4f();
  var s1e = vec4f(); var s1f = vec4f(); var s1g = vec4f(); var s1h = vec4f();
  var s2a = vec4f(); var s2b = vec4f(); var s2c = vec4f(); var s2d = vec4f();
  var s2e = vec4f(); var s2f = vec4f(); var s2g = vec4f(); var s2h = vec4f();
  var s3a = vec4f(); var s3b = vec4f(); var s3c = vec4f(); var s3d = vec4f();
  var s3e = vec4f(); var s3f = vec4f(); var s3g = vec4f(); var s3h = vec4f();
  var s4a = vec4f(); var s4b = vec4f(); var s4c = vec4f(); var s4d = vec4f();
  var s4e = vec4f(); var s4f = vec4f(); var s4g = vec4f(); var s4h = vec4f();
  var s5a = vec4f(); var s5b = vec4f(); var s5c = vec4f(); var s5d = vec4f();
  var s5e = vec4f(); var s5f = vec4f(); var s5g = vec4f(); var s5h = vec4f();
  var s6a = vec4f(); var s6b = vec4f(); var s6c = vec4f(); var s6d = vec4f();
  var s6e = vec4f(); var s6f = vec4f(); var s6g = vec4f(); var s6h = vec4f();
  var s7a = vec4f(); var s7b = vec4f(); var s7c = vec4f(); var s7d = vec4f();
  var s7e = vec4f(); var s7f = vec4f(); var s7g = vec4f(); var s7h = vec4f();
  for (var quad = 0u; quad < params.quads; quad++) {
    let w0 = weight[w];
    let w1 = weight[w + 8u];
    let w2 = weight[w + 16u];
    let w3 = weight[w + 24u];
    let v0 = x[at];
    let v1 = x[at + 8u];
    let v2 = x[at + 16u];
    let v3 = x[at + 24u];
    let v4 = x[at + 32u];
    let v5 = x[at + 40u];
    let v6 = x[at + 48u];
    let v7 = x[at + 56u];
    {
      let m = mat4x4f(subgroupBroadcast(w0, 0u), subgroupBroadcast(w1, 0u),
                      subgroupBroadcast(w2, 0u), subgroupBroadcast(w3, 0u));
      s0a += m * v0; s0b += m * v1; s0c += m * v2; s0d += m * v3;
      s0e += m * v4; s0f += m * v5; s0g += m * v6; s0h += m * v7;
    }
    {
      let m = mat4x4f(subgroupBroadcast(w0, 1u), subgroupBroadcast(w1, 1u),
                      subgroupBroadcast(w2, 1u), subgroupBroadcast(w3, 1u));
      s1a += m * v0; s1b += m * v1; s1c += m * v2; s1d += m * v3;
      s1e += m * v4; s1f += m * v5; s1g += m * v6; s1h += m * v7;
    }
    {
      let m = mat4x4f(subgroupBroadcast(w0, 2u), subgroupBroadcast(w1, 2u),
                      subgroupBroadcast(w2, 2u), subgroupBroadcast(w3, 2u));
      s2a += m * v0; s2b += m * v1; s2c += m * v2; s2d += m * v3;
      s2e += m * v4; s2f += m * v5; s2g += m * v6; s2h += m * v7;
    }
    {
      let m = mat4x4f(subgroupBroadcast(w0, 3u), subgroupBroadcast(w1, 3u),
                      subgroupBroadcast(w2, 3u), subgroupBroadcast(w3, 3u));
      s3a += m * v0; s3b += m * v1; s3c += m * v2; s3d += m * v3;
      s3e += m * v4; s3f += m * v5; s3g += m * v6; s3h += m * v7;
    }
    {
      let m = mat4x4f(subgroupBroadcast(w0, 4u), subgroupBroadcast(w1, 4u),
                      subgroupBroadcast(w2, 4u), subgroupBroadcast(w3, 4u));
      s4a += m * v0; s4b += m * v1; s4c += m * v2; s4d += m * v3;
      s4e += m * v4; s4f += m * v5; s4g += m * v6; s4h += m * v7;
    }
    {
      let m = mat4x4f(subgroupBroadcast(w0, 5u), subgroupBroadcast(w1, 5u),
                      subgroupBroadcast(w2, 5u), subgroupBroadcast(w3, 5u));
      s5a += m * v0; s5b += m * v1; s5c += m * v2; s5d += m * v3;
      s5e += m * v4; s5f += m * v5; s5g += m * v6; s5h += m * v7;
    }
    {
      let m = mat4x4f(subgroupBroadcast(w0, 6u), subgroupBroadcast(w1, 6u),
                      subgroupBroadcast(w2, 6u), subgroupBroadcast(w3, 6u));
      s6a += m * v0; s6b += m * v1; s6c += m * v2; s6d += m * v3;
      s6e += m * v4; s6f += m * v5; s6g += m * v6; s6h += m * v7;
    }
    {
      let m = mat4x4f(subgroupBroadcast(w0, 7u), subgroupBroadcast(w1, 7u),
                      subgroupBroadcast(w2, 7u), subgroupBroadcast(w3, 7u));
      s7a += m * v0; s7b += m * v1; s7c += m * v2; s7d += m * v3;
      s7e += m * v4; s7f += m * v5; s7g += m * v6; s7h += m * v7;
    }
    w += 32u;
    at += 64u;
  }
  let row = (plane * params.groups + group.y) * 8u;
  let tile = group.x * 64u + lane;
  store(row, tile, s0a, s1a, s2a, s3a, s4a, s5a, s6a, s7a);
  store(row, tile + 8u, s0b, s1b, s2b, s3b, s4b, s5b, s6b, s7b);
  store(row, tile + 16u, s0c, s1c, s2c, s3c, s4c, s5c, s6c, s7c);
  store(row, tile + 24u, s0d, s1d, s2d, s3d, s4d, s5d, s6d, s7d);
  store(row, tile + 32u, s0e, s1e, s2e, s3e, s4e, s5e, s6e, s7e);
  store(row, tile + 40u, s0f, s1f, s2f, s3f, s4f, s5f, s6f, s7f);
  store(row, tile + 48u, s0g, s1g, s2g, s3g, s4g, s5g, s6g, s7g);
  store(row, tile + 56u, s0h, s1h, s2h, s3h, s4h, s5h, s6h, s7h);
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
