// blocks[b] = window * inverse DCT(sum over f of table[.., f] * DCT(x[f] in block b)), 64 x 64
// x [features][rows][width]: block rows begin every 32 rows of x; columns every 32 of the mirrored
// plane, the first 32 before it. basis[k, i] is the orthonormal DCT-II, four i in a vec4.
struct Params {
  rows: u32, width: u32, features: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> table: array<vec4f>;
@group(0) @binding(2) var<storage, read> basis: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> blocks: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const SIDE = 64u;
const QUADS = 16u;
const PI = 3.14159265358979;

var<workgroup> block: array<f32, 4096>;

fn mirrored(index: i32, length: i32) -> u32 {
  let period = 2 * length;
  let phase = ((index % period) + period) % period;
  return u32(select(period - 1 - phase, phase, phase < length));
}

// What lies `step` apart in the block from `first` on: a row or a column of a lane's own.
fn line(first: u32, step: u32) -> array<vec4f, 16> {
  var v: array<vec4f, 16>;
  for (var q = 0u; q < QUADS; q++) {
    let at = first + 4u * q * step;
    v[q] = vec4f(block[at], block[at + step], block[at + 2u * step], block[at + 3u * step]);
  }
  return v;
}

fn coefficient(v: ptr<function, array<vec4f, 16>>, k: u32) -> f32 {
  var sum = vec4f();
  for (var q = 0u; q < QUADS; q++) { sum += basis[k * QUADS + q] * (*v)[q]; }
  return (sum.x + sum.y) + (sum.z + sum.w);
}

// Samples 4q .. 4q + 3 of a line of coefficients.
fn samples(v: ptr<function, array<vec4f, 16>>, q: u32) -> vec4f {
  var sum = vec4f();
  for (var k = 0u; k < QUADS; k++) {
    let own = (*v)[k];
    let at = 4u * k * QUADS + q;
    sum += own.x * basis[at] + own.y * basis[at + QUADS];
    sum += own.z * basis[at + 2u * QUADS] + own.w * basis[at + 3u * QUADS];
  }
  return sum;
}

fn window(i: u32) -> f32 {
  let sine = sin(PI * (f32(i) + 0.5) / f32(SIDE));
  return sine * sine;
}

@compute @workgroup_size(64)
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let top = 32u * group.y;
  let column = mirrored(32 * (i32(group.x) - 1) + i32(lane), i32(params.width));
  var mixed: array<vec4f, 16>;
  for (var f = 0u; f < params.features; f++) {
    for (var y = 0u; y < SIDE; y++) {
      block[y * SIDE + lane] = x[(f * params.rows + top + y) * params.width + column];
    }
    var down = line(lane, SIDE);
    for (var k = 0u; k < SIDE; k++) { block[k * SIDE + lane] = coefficient(&down, k); }
    workgroupBarrier();
    var along = line(lane * SIDE, 1u);
    for (var k = 0u; k < SIDE; k++) {
      mixed[k / 4u][k % 4u] += table[lane * SIDE + k][f] * coefficient(&along, k);
    }
    workgroupBarrier();
  }
  for (var q = 0u; q < QUADS; q++) {
    let four = samples(&mixed, q);
    for (var i = 0u; i < 4u; i++) { block[lane * SIDE + 4u * q + i] = four[i]; }
  }
  workgroupBarrier();
  var up = line(lane, SIDE);
  let across = window(lane);
  let first = (group.y * groups.x + group.x) * SIDE * SIDE + lane;
  for (var q = 0u; q < QUADS; q++) {
    let four = samples(&up, q);
    for (var i = 0u; i < 4u; i++) {
      let y = 4u * q + i;
      blocks[first + y * SIDE] = window(y) * across * four[i];
    }
  }
}
