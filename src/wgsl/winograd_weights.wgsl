// y[i, j, k, c] = sum over r, s of G[i, r] G[j, s] w[k, c, r, s]
// Weights for Winograd's F(4x4, 3x3), once per change of the weights, in the order in which the
// multiplication reads them: [36][k/GROUP][c/4][GROUP] of vec4 over four output channels, entry
// c%4 * GROUP/4 + m for output channels 4m of the group. G[i, r] is point i to the power r, over the product
// of its distances to the other points.
override GROUP: u32;
override TRANSPOSED: bool; // the weights' first axis are the input channels, the taps are mirrored
struct Params { size: u32, inputs: u32, outputs: u32 }

@group(0) @binding(0) var<storage, read> weight: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

fn transform(a: vec4f, b: vec4f, c: vec4f) -> Six {
  let even_p = (a + PP * c) / (2.0 * PP * (PP - QQ));
  let odd_p = b * (P / (2.0 * PP * (PP - QQ)));
  let even_q = (a + QQ * c) / (2.0 * QQ * (QQ - PP));
  let odd_q = b * (Q / (2.0 * QQ * (QQ - PP)));
  return Six(a / (PP * QQ), even_p + odd_p, even_p - odd_p, even_q + odd_q, even_q - odd_q, c);
}

/// Weights of one tap, of `first` on the first axis and a quad on the second; 0 past their ends.
fn four(first: u32, quad: u32, t: u32) -> vec4f {
  let firsts = select(params.outputs, params.inputs, TRANSPOSED);
  let seconds = select(params.inputs, params.outputs, TRANSPOSED);
  let quads = (seconds + 3u) / 4u;
  let inside = first < firsts && quad < quads;
  let channels = quad * 4u + vec4u(0u, 1u, 2u, 3u);
  let v = weight[select(0u, (first * quads + quad) * 9u + t, inside)];
  return select(vec4f(), v, vec4<bool>(inside) & (channels < vec4u(seconds)));
}

fn elements(k: u32, c: u32, tap: u32) -> vec4f {
  if (TRANSPOSED) { return four(c, k / 4u, 8u - tap); }
  let i = c % 4u;
  let q = c / 4u;
  return vec4f(four(k, q, tap)[i], four(k + 1u, q, tap)[i], four(k + 2u, q, tap)[i],
               four(k + 3u, q, tap)[i]);
}

fn transformed_column(k: u32, c: u32, s: u32) -> Six {
  return transform(elements(k, c, s), elements(k, c, s + 3u), elements(k, c, s + 6u));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let quads = (params.inputs + 3u) / 4u;
  let entry = i % GROUP;
  let c = i / GROUP % quads * 4u + entry / (GROUP / 4u);
  let k = i / (GROUP * quads) * GROUP + entry % (GROUP / 4u) * 4u;
  let c0 = transformed_column(k, c, 0u);
  let c1 = transformed_column(k, c, 1u);
  let c2 = transformed_column(k, c, 2u);
  #for row < 6
  let r${row} = transform(c0[${row}], c1[${row}], c2[${row}]);
  #for column < 6
  y[${6 * row + column}u * params.size + i] = r${row}[${column}];
  #end
  #end
}
