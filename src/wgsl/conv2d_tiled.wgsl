// y[k, p] = prelu(bias[k] + sum over taps t and channels c of w[k, c, t] x[c, p * stride + t - padding])
// An implicit matrix product for GPUs: 64 pixels by TILE output channels a workgroup, whose inputs
// and weights of eight channels at a time lie in workgroup memory; 8 pixels by TILE / 8 channels an
// invocation, in registers.
override TILE: i32; // 32 or 64
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

/// True where the tap (dy, dx) of a pixel lies on the image.
fn seen(p: Pixel, dy: i32, dx: i32) -> bool {
  let row = p.top + dy;
  let column = p.left + dx;
  return p.inside && row >= 0 && row < params.height && column >= 0 && column < params.width;
}

fn address(p: Pixel, dy: i32, dx: i32) -> i32 {
  return (p.batch * params.quads * params.height + p.top + dy) * params.width + p.left + dx;
}

var<workgroup> inputs: array<vec4f, 128>;  // two quads of channels of 64 pixels
var<workgroup> weights: array<vec4f, 128>; // of two quads, in the order of `weight`

/// Four channels of one pixel times their weights for four output channels.
fn product(v: vec4f, w0: vec4f, w1: vec4f, w2: vec4f, w3: vec4f) -> vec4f {
  return v.x * w0 + v.y * w1 + v.z * w2 + v.w * w3;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) index: u32) {
  let lane = i32(index);
  let tile = i32(group.y);
  let phases = u32(params.phases * params.phases);
  let phase = i32(group.z % phases);
  let block = i32(group.z / phases * groups.x + group.x) * 64;
  let own = pixel(block + lane, phase);
  let area = params.height * params.width;
  let column = lane % 8;
  let row = lane / 8;
  var a0 = vec4f(); var a1 = vec4f(); var a2 = vec4f(); var a3 = vec4f();
  var a4 = vec4f(); var a5 = vec4f(); var a6 = vec4f(); var a7 = vec4f();
  var b0 = vec4f(); var b1 = vec4f(); var b2 = vec4f(); var b3 = vec4f();
  var b4 = vec4f(); var b5 = vec4f(); var b6 = vec4f(); var b7 = vec4f();
  var w = (phase * params.tiles + tile) * params.taps * params.quads * TILE + lane;
  for (var tap = 0; tap < params.taps; tap++) {
    let dy = tap / params.taps_x;
    let dx = tap % params.taps_x;
    let inside = seen(own, dy, dx);
    var at = select(0, address(own, dy, dx), inside);
    for (var quad = 0; quad < params.quads; quad += 2) {
      let both = quad + 1 < params.quads;
      inputs[lane] = select(vec4f(), x[at], inside);
      inputs[64 + lane] = select(vec4f(), x[select(at, at + area, both && inside)], both && inside);
      weights[lane] = weight[select(w, 0, !both && lane >= TILE)];
      if (TILE == 64) { weights[64 + lane] = weight[select(0, w + 64, both)]; }
      workgroupBarrier();
      for (var q = 0; q < 2; q++) {
        let x_base = q * 64 + column;
        let w_base = q * TILE + row;
        let v0 = inputs[x_base];
        let v1 = inputs[x_base + 8];
        let v2 = inputs[x_base + 16];
        let v3 = inputs[x_base + 24];
        let v4 = inputs[x_base + 32];
        let v5 = inputs[x_base + 40];
        let v6 = inputs[x_base + 48];
        let v7 = inputs[x_base + 56];
        let w0 = weights[w_base];
        let w1 = weights[w_base + TILE / 4];
        let w2 = weights[w_base + 2 * TILE / 4];
        let w3 = weights[w_base + 3 * TILE / 4];
        a0 += product(v0, w0, w1, w2, w3);
        a1 += product(v1, w0, w1, w2, w3);
        a2 += product(v2, w0, w1, w2, w3);
        a3 += product(v3, w0, w1, w2, w3);
        a4 += product(v4, w0, w1, w2, w3);
        a5 += product(v5, w0, w1, w2, w3);
        a6 += product(v6, w0, w1, w2, w3);
        a7 += product(v7, w0, w1, w2, w3);
        if (TILE == 64) {
          let u0 = weights[w_base + 8];
          let u1 = weights[w_base + 24];
          let u2 = weights[w_base + 40];
          let u3 = weights[w_base + 56];
          b0 += product(v0, u0, u1, u2, u3);
          b1 += product(v1, u0, u1, u2, u3);
          b2 += product(v2, u0, u1, u2, u3);
          b3 += product(v3, u0, u1, u2, u3);
          b4 += product(v4, u0, u1, u2, u3);
          b5 += product(v5, u0, u1, u2, u3);
          b6 += product(v6, u0, u1, u2, u3);
          b7 += product(v7, u0, u1, u2, u3);
        }
      }
      workgroupBarrier();
      w += select(TILE, 2 * TILE, both);
      at += select(0, 2 * area, inside);
    }
  }
  let p0 = pixel(block + column, phase);
  let p1 = pixel(block + column + 8, phase);
  let p2 = pixel(block + column + 16, phase);
  let p3 = pixel(block + column + 24, phase);
  let p4 = pixel(block + column + 32, phase);
  let p5 = pixel(block + column + 40, phase);
  let p6 = pixel(block + column + 48, phase);
  let p7 = pixel(block + column + 56, phase);
  let first = tile * TILE / 4 + row;
  store(a0, first, p0);
  store(a1, first, p1);
  store(a2, first, p2);
  store(a3, first, p3);
  store(a4, first, p4);
  store(a5, first, p5);
  store(a6, first, p6);
  store(a7, first, p7);
  if (TILE == 64) {
    store(b0, first + 8, p0);
    store(b1, first + 8, p1);
    store(b2, first + 8, p2);
    store(b3, first + 8, p3);
    store(b4, first + 8, p4);
    store(b5, first + 8, p5);
    store(b6, first + 8, p6);
    store(b7, first + 8, p7);
  }
}

fn store(sum: vec4f, quad: i32, at: Pixel) {
  if (quad >= params.output_quads || !at.inside) { return; }
  var v = sum;
  if (HAS_BIAS) { v += bias[quad]; }
  if (HAS_SLOPE) { v *= select(slope[quad], vec4f(1.0), v > vec4f()); }
  let row = (at.batch * params.output_quads + quad) * params.full_height + at.full_row;
  y[row * params.full_width + at.full_column] = v;
}
