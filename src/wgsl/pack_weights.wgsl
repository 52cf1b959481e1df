// Weights in the order in which the convolution kernels read them: [phase][tile][tap][c/4][TILE]
// of vec4 over four output channels, entry c%4 * TILE/4 + m for output channels tile*TILE + 4m.
override TILE: u32;        // output channels that one invocation computes
override TRANSPOSED: bool; // the weights' first axis are the input channels
struct Params {
  size: u32, tiles: u32, taps_x: u32, taps_y: u32, phases: u32, padding: u32,
  inputs: u32, outputs: u32, kernel_x: u32, kernel_y: u32,
}

@group(0) @binding(0) var<storage, read> weight: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

fn element(k: u32, c: u32, ky: u32, kx: u32) -> f32 {
  if (k >= params.outputs || c >= params.inputs || ky >= params.kernel_y || kx >= params.kernel_x) {
    return 0.0;
  }
  let first = select(k, c, TRANSPOSED);
  let second = select(c, k, TRANSPOSED);
  let quads = (select(params.inputs, params.outputs, TRANSPOSED) + 3u) / 4u;
  let row = (first * quads + second / 4u) * params.kernel_y + ky;
  return weight[(row * params.kernel_x + kx) * 4u + second % 4u];
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let input_quads = (params.inputs + 3u) / 4u;
  let entry = i % TILE;
  let quad = (i / TILE) % input_quads;
  let tap = (i / (TILE * input_quads)) % (params.taps_x * params.taps_y);
  let rest = i / (TILE * input_quads * params.taps_x * params.taps_y);
  let tile = rest % params.tiles;
  let phase = rest / params.tiles;
  var ky = tap / params.taps_x;
  var kx = tap % params.taps_x;
  if (TRANSPOSED) {
    let phase_y = phase / params.phases;
    let phase_x = phase % params.phases;
    ky = (phase_y + params.padding) % params.phases + params.phases * (params.taps_y - 1u - ky);
    kx = (phase_x + params.padding) % params.phases + params.phases * (params.taps_x - 1u - kx);
  }
  let c = quad * 4u + entry / (TILE / 4u);
  let k = tile * TILE + entry % (TILE / 4u) * 4u;
  y[i] = vec4f(element(k, c, ky, kx), element(k + 1u, c, ky, kx),
               element(k + 2u, c, ky, kx), element(k + 3u, c, ky, kx));
}
