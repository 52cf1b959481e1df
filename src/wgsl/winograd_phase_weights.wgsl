// y[i, j, p, k, c] = sum over r, s of G[i, r] G[j, s] w[c, k, 3 - p_y - 2 r, 3 - p_x - 2 s]
// Weights of a transposed 4x4 convolution of stride 2 for Winograd's F(5x5, 2x2), once per change:
// each of the four phases p of its result is a 2x2 convolution. In the order of
// winograd_weights.wgsl, with p, k in k's place. G[i, r] is as there, with one power fewer.
override GROUP: u32;
struct Params { size: u32, inputs: u32, output_quads: u32 }

@group(0) @binding(0) var<storage, read> weight: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

fn transform(a: vec4f, b: vec4f) -> Six {
  let even_p = a / (2.0 * PP * (PP - QQ));
  let odd_p = b * (P / (2.0 * PP * (PP - QQ)));
  let even_q = a / (2.0 * QQ * (QQ - PP));
  let odd_q = b * (Q / (2.0 * QQ * (QQ - PP)));
  return Six(a / (PP * QQ), even_p + odd_p, even_p - odd_p, even_q + odd_q, even_q - odd_q, b);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let quads = (params.inputs + 3u) / 4u;
  let entry = i % GROUP;
  let c = i / GROUP % quads * 4u + entry / (GROUP / 4u);
  let quad = i / (GROUP * quads) * (GROUP / 4u) + entry % (GROUP / 4u);
  let phase = quad / params.output_quads;
  let inside = c < params.inputs && phase < 4u;
  // The tap of r = s = 0; r = 1 is two rows before, s = 1 two columns.
  let tap = (3u - phase / 2u) * 4u + 3u - phase % 2u;
  let first = (c * params.output_quads + quad % params.output_quads) * 16u + tap;
  let at = select(10u, first, inside);
  let keep = select(0.0, 1.0, inside);
  let c0 = transform(keep * weight[at], keep * weight[at - 8u]);
  let c1 = transform(keep * weight[at - 2u], keep * weight[at - 10u]);
  #for row < 6
  let r${row} = transform(c0[${row}], c1[${row}]);
  #for column < 6
  y[${6 * row + column}u * params.size + i] = r${row}[${column}];
  #end
  #end
}
