// y = gain * (b ⊗ b) * x with b = [1 4 6 4 1] / 16, edges reflected (edge pixel not repeated)
struct Params { size: u32, width: u32, height: u32, gain: f32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

const BINOMIAL = array(0.0625, 0.25, 0.375, 0.25, 0.0625);

fn reflected(p: i32, size: i32) -> i32 {
  let inside = abs(p);
  return select(inside, 2 * (size - 1) - inside, inside >= size);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let width = i32(params.width);
  let height = i32(params.height);
  let column = i32(i) % width;
  let row = (i32(i) / width) % height;
  let plane = i32(i) / (width * height);
  var binomial = BINOMIAL;
  var total = vec4f();
  for (var ky = 0; ky < 5; ky++) {
    let base = (plane * height + reflected(row + ky - 2, height)) * width;
    var line = vec4f();
    for (var kx = 0; kx < 5; kx++) {
      line += binomial[kx] * x[base + reflected(column + kx - 2, width)];
    }
    total += binomial[ky] * line;
  }
  y[i] = params.gain * total;
}
