// Weights in the order in which the convolution kernels read them: [phase][tile][tap][c/4][TILE]
// of vec4 over four output channels, entry c%4 * TILE/4 + m for output channels tile*TILE + 4m.
// An invocation turns a block of 4 x 4 channels.
override TILE: u32;        // output channels that one invocation computes
override TRANSPOSED: bool; // the weights' first axis are the input channels
struct Params {
  size: u32, tiles: u32, taps_x: u32, taps_y: u32, phases: u32, padding: u32,
  inputs: u32, outputs: u32, kernel_x: u32, kernel_y: u32,
}

@group(0) @binding(0) var<storage, read> weight: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

/// Four weights of one tap: of `first` on the first axis, of a quad on the second.
fn four(first: u32, quad: u32, ky: u32, kx: u32) -> vec4f {
  let firsts = select(params.outputs, params.inputs, TRANSPOSED);
  let seconds = select(params.inputs, params.outputs, TRANSPOSED);
  let quads = (seconds + 3u) / 4u;
  let inside = first < firsts && quad < quads && ky < params.kernel_y && kx < params.kernel_x;
  let at = ((first * quads + quad) * params.kernel_y + ky) * params.kernel_x + kx;
  let channels = quad * 4u + vec4u(0u, 1u, 2u, 3u);
  return select(vec4f(), weight[select(0u, at, inside)], vec4<bool>(inside) & (channels < vec4u(seconds)));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let entries = TILE / 4u;
  let input_quads = (params.inputs + 3u) / 4u;
  let entry = i % entries;
  let quad = (i / entries) % input_quads;
  let tap = (i / (entries * input_quads)) % (params.taps_x * params.taps_y);
  let rest = i / (entries * input_quads * params.taps_x * params.taps_y);
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
  let output_quad = tile * entries + entry;
  let first = select(output_quad, quad, TRANSPOSED) * 4u;
  let second = select(quad, output_quad, TRANSPOSED);
  let block = mat4x4f(four(first, second, ky, kx), four(first + 1u, second, ky, kx),
                      four(first + 2u, second, ky, kx), four(first + 3u, second, ky, kx));
  // The rows of `block` are to run over output channels.
  var turned = block;
  if (!TRANSPOSED) { turned = transpose(block); }
  let at = i / entries * TILE + entry;
  y[at] = turned[0];
  y[at + entries] = turned[1];
  y[at + 2u * entries] = turned[2];
  y[at + 3u * entries] = turned[3];
}
