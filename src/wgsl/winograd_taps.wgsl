// y[split, k, c, (a, b)] = sum over i, j of A[a, i] A[b, j] m[i, j, split, k, c]
// A weight's gradient by Winograd's F(3x3, 4x4), last step: 36 numbers become 3 x 3 taps. A[a, i] is
// point i to the power a; infinity counts in the highest power only.
const P = 0.75;
const Q = 1.5;
struct Params { size: i32, first: i32 }

@group(0) @binding(0) var<storage, read> m: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

/// One value per power, or one per tap.
struct Three { a: vec4f, b: vec4f, c: vec4f }

/// A times the values at the six points.
fn transform(zero: vec4f, p: vec4f, minus_p: vec4f, q: vec4f, minus_q: vec4f,
             infinity: vec4f) -> Three {
  let even_p = p + minus_p;
  let even_q = q + minus_q;
  return Three(
    zero + even_p + even_q,
    P * (p - minus_p) + Q * (q - minus_q),
    P * P * even_p + Q * Q * even_q + infinity,
  );
}

/// Transforms column j of the 6 x 6 numbers.
fn transformed_column(j: i32, i: i32) -> Three {
  let at = j * params.size + i;
  let step = 6 * params.size;
  return transform(m[at], m[at + step], m[at + 2 * step], m[at + 3 * step], m[at + 4 * step],
                   m[at + 5 * step]);
}

fn store_row(at: i32, v: Three) {
  y[at] = v.a;
  y[at + 1] = v.b;
  y[at + 2] = v.c;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = i32((group.y * groups.x + group.x) * 64u + lane);
  if (i >= params.size) { return; }
  let c0 = transformed_column(0, i);
  let c1 = transformed_column(1, i);
  let c2 = transformed_column(2, i);
  let c3 = transformed_column(3, i);
  let c4 = transformed_column(4, i);
  let c5 = transformed_column(5, i);
  let at = (params.first + i) * 9;
  store_row(at, transform(c0.a, c1.a, c2.a, c3.a, c4.a, c5.a));
  store_row(at + 3, transform(c0.b, c1.b, c2.b, c3.b, c4.b, c5.b));
  store_row(at + 6, transform(c0.c, c1.c, c2.c, c3.c, c4.c, c5.c));
}
