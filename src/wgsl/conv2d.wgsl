// y[k, p] = prelu(bias[k] + sum over taps t and channels c of w[k, c, t] x[c, p * stride + t - padding])
// The plain kernel, for every adapter: one invocation, one pixel, 8 output channels. A transposed
// convolution is the same sum per phase (p mod stride) of the result, with weights packed for it.
override HAS_BIAS: bool;
override HAS_SLOPE: bool;
struct Params {
  batch: i32, height: i32, width: i32, quads: i32, x_from: i32, x_quads: i32,
  rows: i32, columns: i32, full_height: i32, full_width: i32, output_quads: i32, tiles: i32,
  y_from: i32, y_quads: i32, taps_x: i32, taps_y: i32, whole_x: i32, whole_y: i32,
  stride: i32, padding_y: i32, padding_x: i32, phases: i32, phase_offset: i32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read> slope: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(5) var<uniform> params: Params;

/// The first tap along an axis that a phase has: those with fewer than the others lack the first one.
fn first_tap(phase: i32, whole: i32) -> i32 {
  return select(1, 0, (phase + params.phase_offset) % params.phases < whole);
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = i32(id.x);
  let row = i32(id.y);
  var z = i32(id.z);
  let tile = z % params.tiles;
  z /= params.tiles;
  let phase = z % (params.phases * params.phases);
  let batch = z / (params.phases * params.phases);
  let phase_y = phase / params.phases;
  let phase_x = phase % params.phases;
  let out_row = row * params.phases + phase_y;
  let out_column = column * params.phases + phase_x;
  if (out_row >= params.full_height || out_column >= params.full_width) { return; }
  let top = row * params.stride - params.padding_y + (phase_y + params.phase_offset) / params.phases;
  let left = column * params.stride - params.padding_x + (phase_x + params.phase_offset) / params.phases;
  let first_y = first_tap(phase_y, params.whole_y);
  let first_x = first_tap(phase_x, params.whole_x);
  let tap_size = params.quads * 8;
  let first_weight = (phase * params.tiles + tile) * params.taps_y * params.taps_x * tap_size;
  var low = vec4f();
  var high = vec4f();
  for (var dy = first_y; dy < params.taps_y; dy++) {
    for (var dx = first_x; dx < params.taps_x; dx++) {
      let r = top + dy;
      let c = left + dx;
      if (r < 0 || r >= params.height || c < 0 || c >= params.width) { continue; }
      var w = first_weight + (dy * params.taps_x + dx) * tap_size;
      var at = ((batch * params.x_quads + params.x_from) * params.height + r) * params.width + c;
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
  store(low, tile * 2, batch, out_row, out_column);
  store(high, tile * 2 + 1, batch, out_row, out_column);
}

fn store(sum: vec4f, quad: i32, batch: i32, row: i32, column: i32) {
  if (quad >= params.output_quads) { return; }
  var v = sum;
  if (HAS_BIAS) { v += bias[quad]; }
  if (HAS_SLOPE) { v *= select(slope[quad], vec4f(1.0), v > vec4f()); }
  let plane = batch * params.y_quads + params.y_from + quad;
  y[(plane * params.full_height + row) * params.full_width + column] = v;
}
