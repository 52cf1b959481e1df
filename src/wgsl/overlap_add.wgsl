// y[p] = min(max(sum of the four blocks over p, 0), 1): blocks of 64 x 64 every 32 samples
struct Params {
  height: u32, width: u32, columns: u32,
}

@group(0) @binding(0) var<storage, read> blocks: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

fn sample(row: u32, column: u32, at: vec2u) -> f32 {
  return blocks[((row * params.columns + column) * 64u + at.y) * 64u + at.x];
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.width || id.y >= params.height) { return; }
  let row = id.y / 32u;
  let column = id.x / 32u;
  let near = id.xy % 32u;
  let far = near + 32u;
  var sum = sample(row, column, far);
  sum += sample(row, column + 1u, vec2u(near.x, far.y));
  sum += sample(row + 1u, column, vec2u(far.x, near.y));
  sum += sample(row + 1u, column + 1u, near);
  y[id.y * params.width + id.x] = clamp(sum, 0.0, 1.0);
}
