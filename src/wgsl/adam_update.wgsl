// m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; p -= rate * (m / c1) / (sqrt(v / c2) + eps),
// where g are the gradients given times a factor
struct Params {
  size: u32, rate: f32, epsilon: f32, factor: f32,
  beta1: f32, rest1: f32, correction1: f32,     // b1, 1 - b1, c1: 1 - b2 would lose digits here
  beta2: f32, rest2: f32, correction2: f32,
}

@group(0) @binding(0) var<storage, read> g: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> p: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> v: array<vec4f>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let gradient = params.factor * g[i];
  let first = params.beta1 * m[i] + params.rest1 * gradient;
  let second = params.beta2 * v[i] + params.rest2 * gradient * gradient;
  m[i] = first;
  v[i] = second;
  p[i] = p[i] - params.rate * (first / params.correction1) /
    (sqrt(second / params.correction2) + params.epsilon);
}
