// y[i, j, p, k, c] = sum over r, s of G[i, r] G[j, s] w[c, k, 3 - p_y - 2 r, 3 - p_x - 2 s]
// Weights of a transposed 4x4 convolution of stride 2 for Winograd's F(5x5, 2x2), once per change:
// each of the four phases p of its result is a 2x2 convolution. In the order of
// winograd_weights.wgsl, with p, k in k's place. G[i, r] is as there, with one power fewer.
override GROUP: u32;
const PP = 0.5625;
const QQ = 2.25;
const P = 0.75;
const Q = 1.5;
struct Params { size: u32, inputs: u32, output_quads: u32 }

@group(0) @binding(0) var<storage, read> weight: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

struct Six { a: vec4f, b: vec4f, c: vec4f, d: vec4f, e: vec4f, f: vec4f }

fn transform(a: vec4f, b: vec4f) -> Six {
  let even_p = a / (2.0 * PP * (PP - QQ));
  let odd_p = b * (P / (2.0 * PP * (PP - QQ)));
  let even_q = a / (2.0 * QQ * (QQ - PP));
  let odd_q = b * (Q / (2.0 * QQ * (QQ - PP)));
  return Six(a / (PP * QQ), even_p + odd_p, even_p - odd_p, even_q + odd_q, even_q - odd_q, b);
}

fn store_row(i: u32, at: u32, v: Six) {
  let plane = i * 6u * params.size + at;
  y[plane] = v.a;
  y[plane + params.size] = v.b;
  y[plane + 2u * params.size] = v.c;
  y[plane + 3u * params.size] = v.d;
  y[plane + 4u * params.size] = v.e;
  y[plane + 5u * params.size] = v.f;
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
  store_row(0u, i, transform(c0.a, c1.a));
  store_row(1u, i, transform(c0.b, c1.b));
  store_row(2u, i, transform(c0.c, c1.c));
  store_row(3u, i, transform(c0.d, c1.d));
  store_row(4u, i, transform(c0.e, c1.e));
  store_row(5u, i, transform(c0.f, c1.f));
}
