// y[k, p] = prelu(bias[k] + sum over taps t and channels c of w[k, c, t] x[c, p * stride + t - padding])
// An implicit matrix product for GPUs: 128 pixels by 32 output channels a workgroup, whose inputs
// and weights of eight channels at one tap lie in workgroup memory; 8 pixels by 8 channels an
// invocation, in registers. Indices are masked so that compilers see that they are in bounds.
override HAS_BIAS: bool;
override HAS_SLOPE: bool;
struct Params {
  batch: i32, height: i32, width: i32, quads: i32,
  rows: i32, columns: i32, full_height: i32, full_width: i32, output_quads: i32, tiles: i32,
  taps_x: i32, taps: i32, stride: i32, padding_y: i32, padding_x: i32, phases: i32, phase_offset: i32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read> slope: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(5) var<uniform> params: Params;

/// Where an invocation reads and writes for one pixel of the result.
struct Pixel {
  batch: i32, top: i32, left: i32, full_row: i32, full_column: i32, inside: bool,
}

fn pixel(index: i32, phase: i32) -> Pixel {
  let phase_y = phase / params.phases;
  let phase_x = phase % params.phases;
  let column = index % params.columns;
  let row = (index / params.columns) % params.rows;
  let batch = index / (params.columns * params.rows);
  let top = row * params.stride - params.padding_y + (phase_y + params.phase_offset) / params.phases;
  let left = column * params.stride - params.padding_x + (phase_x + params.phase_offset) / params.phases;
  let full_row = row * params.phases + phase_y;
  let full_column = column * params.phases + phase_x;
  let inside = batch < params.batch && full_row < params.full_height && full_column < params.full_width;
  return Pixel(batch, top, left, full_row, full_column, inside);
}

/// Four channels of what a pixel meets at a tap; 0 beside the image and past the channels.
fn input(p: Pixel, quad: i32, dy: i32, dx: i32) -> vec4f {
  let row = p.top + dy;
  let column = p.left + dx;
  let seen = p.inside && quad < params.quads && row >= 0 && row < params.height && column >= 0 &&
    column < params.width;
  if (!seen) { return vec4f(); }
  return x[((p.batch * params.quads + quad) * params.height + row) * params.width + column];
}

var<workgroup> inputs: array<vec4f, 256>; // two quads of channels of 128 pixels
var<workgroup> weights: array<vec4f, 64>; // of two quads, in the order of `weight`

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) index: u32) {
  let lane = i32(index & 63u);
  // A warp of 32 takes 8 columns of pixels by 4 rows of channels.
  let column = (lane & 7) | ((lane & 32) >> 2);
  let row = (lane >> 3) & 3;
  let tile = i32(group.y);
  let phases = u32(params.phases * params.phases);
  let phase = i32(group.z % phases);
  let block = i32(group.z / phases * groups.x + group.x) * 128;
  let near = pixel(block + lane, phase);
  let far = pixel(block + lane + 64, phase);
  let first_weight = (phase * params.tiles + tile) * params.taps * params.quads * 32 + lane;
  // a: the first four output channels of an invocation, b: the second; 0..7: its pixels.
  var a0 = vec4f(); var a1 = vec4f(); var a2 = vec4f(); var a3 = vec4f();
  var a4 = vec4f(); var a5 = vec4f(); var a6 = vec4f(); var a7 = vec4f();
  var b0 = vec4f(); var b1 = vec4f(); var b2 = vec4f(); var b3 = vec4f();
  var b4 = vec4f(); var b5 = vec4f(); var b6 = vec4f(); var b7 = vec4f();
  // Taps within channels: what a tap reads is still in the cache for the next.
  for (var quad = 0; quad < params.quads; quad += 2) {
    let both = quad + 1 < params.quads || lane < 32;
    for (var tap = 0; tap < params.taps; tap++) {
      let dy = tap / params.taps_x;
      let dx = tap % params.taps_x;
      inputs[lane] = input(near, quad, dy, dx);
      inputs[64 + lane] = input(far, quad, dy, dx);
      inputs[128 + lane] = input(near, quad + 1, dy, dx);
      inputs[192 + lane] = input(far, quad + 1, dy, dx);
      let w = first_weight + (tap * params.quads + quad) * 32;
      weights[lane] = select(vec4f(), weight[select(0, w, both)], both);
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
    }
  }
  let first = tile * 8 + row;
  store(a0, b0, first, pixel(block + column, phase));
  store(a1, b1, first, pixel(block + column + 16, phase));
  store(a2, b2, first, pixel(block + column + 32, phase));
  store(a3, b3, first, pixel(block + column + 48, phase));
  store(a4, b4, first, pixel(block + column + 64, phase));
  store(a5, b5, first, pixel(block + column + 80, phase));
  store(a6, b6, first, pixel(block + column + 96, phase));
  store(a7, b7, first, pixel(block + column + 112, phase));
}

fn store(a: vec4f, b: vec4f, quad: i32, at: Pixel) {
  store_quad(a, quad, at);
  store_quad(b, quad + 4, at);
}

fn store_quad(sum: vec4f, quad: i32, at: Pixel) {
  if (quad >= params.output_quads || !at.inside) { return; }
  var v = sum;
  if (HAS_BIAS) { v += bias[quad]; }
  if (HAS_SLOPE) { v *= select(slope[quad], vec4f(1.0), v > vec4f()); }
  let row = (at.batch * params.output_quads + quad) * params.full_height + at.full_row;
  y[row * params.full_width + at.full_column] = v;
}
