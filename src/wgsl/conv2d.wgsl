// y[k, p] = prelu(bias[k] + sum over taps t and channels c of w[k, c, t] x[c, p * stride + t - padding])
// The plain kernel, for every adapter: one invocation, one pixel, 8 output channels. A transposed
// convolution is the same sum per phase (p mod stride) of the result, with weights packed for it.
@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  var z = i32(id.z);
  let tile = z % params.tiles;
  z /= params.tiles;
  let phase = z % (params.phases * params.phases);
  let batch = z / (params.phases * params.phases);
  let p = pixel_at(batch, i32(id.y), i32(id.x), phase);
  if (!p.inside) { return; }
  let first_y = first_tap(phase / params.phases, params.whole_y);
  let first_x = first_tap(phase % params.phases, params.whole_x);
  let tap_size = params.quads * 8;
  let first_weight = (phase * params.tiles + tile) * params.taps_y * params.taps_x * tap_size;
  var low = vec4f();
  var high = vec4f();
  for (var dy = first_y; dy < params.taps_y; dy++) {
    for (var dx = first_x; dx < params.taps_x; dx++) {
      if (!seen(p, dy, dx)) { continue; }
      var w = first_weight + (dy * params.taps_x + dx) * tap_size;
      var at = address(p, dy, dx);
      // A sum for each tap, added up at its end: fewer roundings than in one long sum.
      var tap_low = vec4f();
      var tap_high = vec4f();
      for (var quad = 0; quad < params.quads; quad++) {
        let v = x[at];
        tap_low += v.x * weight[w] + v.y * weight[w + 2] + v.z * weight[w + 4] + v.w * weight[w + 6];
        tap_high += v.x * weight[w + 1] + v.y * weight[w + 3] + v.z * weight[w + 5] + v.w * weight[w + 7];
        w += 8;
        at += params.height * params.width;
      }
      low += tap_low;
      high += tap_high;
    }
  }
  store(low, tile * 2, 0, p);
  store(high, tile * 2 + 1, 0, p);
}
