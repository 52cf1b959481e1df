// y[n, k] = prelu(bias[k] + sum over channels c and taps t of w[k, c, t] x[n, c, t])
// A kernel as large as the image, so that the result is one pixel: x and w lie in the same order, and
// a workgroup takes the products of one image with four output channels.
override HAS_BIAS: bool;
override HAS_SLOPE: bool;
struct Params { length: u32, outputs: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read> slope: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(5) var<uniform> params: Params;

var<workgroup> sums: array<vec4f, 256>;

/// 0 past the last output channel.
fn product(v: vec4f, k: u32, i: u32) -> f32 {
  if (k >= params.outputs) { return 0.0; }
  return dot(v, weight[k * params.length + i]);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let k = group.x * 4u;
  var sum = vec4f();
  for (var i = lane; i < params.length; i += 256u) {
    let v = x[group.y * params.length + i];
    sum += vec4f(product(v, k, i), product(v, k + 1u, i), product(v, k + 2u, i), product(v, k + 3u, i));
  }
  sums[lane] = sum;
  for (var half = 128u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  if (lane > 0u) { return; }
  var v = sums[0];
  if (HAS_BIAS) { v += bias[group.x]; }
  if (HAS_SLOPE) { v *= select(slope[group.x], vec4f(1.0), v > vec4f()); }
  y[group.y * groups.x + group.x] = v;
}
