// y[split, k, c, t] = sum over pixels p of g[k, p] x[c, p * stride + t - padding], rows of p split
// For GPUs: 32 output by 32 input channels and a row of TAPS taps a workgroup. SPAN pixels of g and
// the pixels of x that they meet lie in workgroup memory at a time; 8 by 8 channels of one tap an
// invocation, in registers.
override TAPS: i32;   // taps of a row of the kernel
override STRIDE: i32;
override SPAN: i32;   // pixels of g at a time
override G_ROW = SPAN + 1;                            // odd, so that rows start in other banks
override X_COUNT = (SPAN - 1) * STRIDE + TAPS;        // pixels of x that SPAN pixels of g meet
override X_ROW = X_COUNT + 1 - X_COUNT % 2;
override G_SIZE = 8 * G_ROW;
override X_SIZE = 8 * X_ROW;
override LANES = 16 * TAPS;
struct Params {
  height: i32, width: i32, quads: i32, rows: i32, columns: i32, outputs: i32, output_quads: i32,
  batch_rows: i32, tiles: i32, taps_y: i32, padding: i32, span: i32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> g: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> gradients: array<vec4f, G_SIZE>; // [quad of outputs][pixel]
var<workgroup> inputs: array<vec4f, X_SIZE>;    // [quad of inputs][pixel]

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let lane = i32(index);
  let tap = lane / 16;
  let k_row = lane / 4 % 4;
  let c_row = lane % 4;
  let k_quad = i32(group.x) % params.tiles * 8;
  let c_quad = i32(group.x) / params.tiles * 8;
  let split = i32(group.y);
  let tap_row = i32(group.z);
  // a: the first quad of inputs, b: the second; 0..7: output channels.
  var a0 = vec4f(); var a1 = vec4f(); var a2 = vec4f(); var a3 = vec4f();
  var a4 = vec4f(); var a5 = vec4f(); var a6 = vec4f(); var a7 = vec4f();
  var b0 = vec4f(); var b1 = vec4f(); var b2 = vec4f(); var b3 = vec4f();
  var b4 = vec4f(); var b5 = vec4f(); var b6 = vec4f(); var b7 = vec4f();
  for (var r = split * params.span; r < min((split + 1) * params.span, params.batch_rows); r++) {
    let batch = r / params.rows;
    let row = r % params.rows;
    let x_row = row * STRIDE + tap_row - params.padding;
    if (x_row < 0 || x_row >= params.height) { continue; }
    for (var first = 0; first < params.columns; first += SPAN) {
      for (var i = lane; i < 8 * SPAN; i += LANES) {
        let quad = k_quad + i / SPAN;
        let column = first + i % SPAN;
        var v = vec4f();
        if (quad < params.output_quads && column < params.columns) {
          v = g[((batch * params.output_quads + quad) * params.rows + row) * params.columns + column];
        }
        gradients[i / SPAN * G_ROW + i % SPAN] = v;
      }
      for (var i = lane; i < 8 * X_COUNT; i += LANES) {
        let quad = c_quad + i / X_COUNT;
        let column = first * STRIDE - params.padding + i % X_COUNT;
        var v = vec4f();
        if (quad < params.quads && column >= 0 && column < params.width) {
          v = x[((batch * params.quads + quad) * params.height + x_row) * params.width + column];
        }
        inputs[i / X_COUNT * X_ROW + i % X_COUNT] = v;
      }
      workgroupBarrier();
      var at_g = k_row * G_ROW;
      var at_x = c_row * X_ROW + tap;
      for (var p = 0; p < SPAN; p++) {
        let u = gradients[at_g];
        let w = gradients[at_g + 4 * G_ROW];
        let v = inputs[at_x];
        let z = inputs[at_x + 4 * X_ROW];
        a0 = fma(vec4f(u.x), v, a0); a1 = fma(vec4f(u.y), v, a1);
        a2 = fma(vec4f(u.z), v, a2); a3 = fma(vec4f(u.w), v, a3);
        a4 = fma(vec4f(w.x), v, a4); a5 = fma(vec4f(w.y), v, a5);
        a6 = fma(vec4f(w.z), v, a6); a7 = fma(vec4f(w.w), v, a7);
        b0 = fma(vec4f(u.x), z, b0); b1 = fma(vec4f(u.y), z, b1);
        b2 = fma(vec4f(u.z), z, b2); b3 = fma(vec4f(u.w), z, b3);
        b4 = fma(vec4f(w.x), z, b4); b5 = fma(vec4f(w.y), z, b5);
        b6 = fma(vec4f(w.z), z, b6); b7 = fma(vec4f(w.w), z, b7);
        at_g += 1;
        at_x += STRIDE;
      }
      workgroupBarrier();
    }
  }
  let at = tap_row * TAPS + tap;
  let k = (k_quad + k_row) * 4;
  let c = c_quad + c_row;
  store(a0, split, k, c, at); store(b0, split, k, c + 4, at);
  store(a1, split, k + 1, c, at); store(b1, split, k + 1, c + 4, at);
  store(a2, split, k + 2, c, at); store(b2, split, k + 2, c + 4, at);
  store(a3, split, k + 3, c, at); store(b3, split, k + 3, c + 4, at);
  store(a4, split, k + 16, c, at); store(b4, split, k + 16, c + 4, at);
  store(a5, split, k + 17, c, at); store(b5, split, k + 17, c + 4, at);
  store(a6, split, k + 18, c, at); store(b6, split, k + 18, c + 4, at);
  store(a7, split, k + 19, c, at); store(b7, split, k + 19, c + 4, at);
}

fn store(v: vec4f, split: i32, k: i32, quad: i32, tap: i32) {
  if (k >= params.outputs || quad >= params.quads) { return; }
  y[((split * params.outputs + k) * params.quads + quad) * TAPS * params.taps_y + tap] = v;
}
