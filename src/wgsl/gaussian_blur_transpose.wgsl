// y[p] = gain * sum over q of weight(q, p) x[q], the weights those of gaussian_blur from p to q
struct Params { size: u32, width: u32, height: u32, gain: f32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

const BINOMIAL = array(0.0625, 0.25, 0.375, 0.25, 0.0625);

/// The weight that pixel `p` of an axis has in the blurred pixel `q`: directly and by reflection.
fn weight(q: i32, p: i32, size: i32) -> f32 {
  var binomial = BINOMIAL;
  var total = 0.0;
  for (var k = 0; k < 5; k++) {
    let at = abs(q + k - 2);
    if (select(at, 2 * (size - 1) - at, at >= size) == p) { total += binomial[k]; }
  }
  return total;
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
  var across: array<f32, 5>;
  for (var k = 0; k < 5; k++) { across[k] = weight(column + k - 2, column, width); }
  var total = vec4f();
  for (var r = max(row - 2, 0); r <= min(row + 2, height - 1); r++) {
    let base = (plane * height + r) * width;
    var line = vec4f();
    for (var c = max(column - 2, 0); c <= min(column + 2, width - 1); c++) {
      line += across[c - column + 2] * x[base + c];
    }
    total += weight(r, row, height) * line;
  }
  y[i] = params.gain * total;
}
