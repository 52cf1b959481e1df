// y[i] = sum of 16 values of x: nothing but loads, to time them
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  var sum = vec4f();
  for (var k = 0u; k < 16u; k++) { sum += x[(id.x + 64u * k) % 4096u]; }
  y[id.x] = sum;
}
