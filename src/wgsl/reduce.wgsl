// y[o, chunk] = sum (or largest magnitude) of x over one chunk of the axes that are reduced
// in each sample; the caller repeats it over the chunks until one is left, so rounding errors stay a
// tree's. Every chunks-th element is of one chunk: neighbouring invocations read neighbours.
override MAXIMUM: bool;
override FOLD: bool;       // add the four lanes of the result, too
struct Params {
  size: u32, chunks: u32, reduced: u32,
  keep_quad: u32, keep_row: u32, keep_column: u32, sum_row: u32, sum_column: u32,
  sample_stride: u32, quad_stride: u32, row_stride: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

/// An element of those that are reduced; 0 past the last.
fn element(base: u32, r: u32) -> vec4f {
  if (r >= params.reduced) { return vec4f(); }
  let row = r / params.sum_column;
  let v = x[base + r % params.sum_column + row % params.sum_row * params.row_stride +
    row / params.sum_row * params.quad_stride];
  return select(v, abs(v), MAXIMUM);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let chunk = i % params.chunks;
  var o = i / params.chunks;
  var base = o % params.keep_column;
  o /= params.keep_column;
  base += o % params.keep_row * params.row_stride;
  o /= params.keep_row;
  base += o % params.keep_quad * params.quad_stride + o / params.keep_quad * params.sample_stride;

  var total = vec4f();
  // Four at a time, so that one is loaded while another is waited for.
  for (var r = chunk; r < params.reduced; r += 4u * params.chunks) {
    let a = element(base, r);
    let b = element(base, r + params.chunks);
    let c = element(base, r + 2u * params.chunks);
    let d = element(base, r + 3u * params.chunks);
    if (MAXIMUM) { total = max(total, max(max(a, b), max(c, d))); } else { total += (a + b) + (c + d); }
  }
  if (FOLD) {
    if (MAXIMUM) {
      total = vec4f(max(max(total.x, total.y), max(total.z, total.w)), 0.0, 0.0, 0.0);
    } else {
      total = vec4f((total.x + total.y) + (total.z + total.w), 0.0, 0.0, 0.0);
    }
  }
  y[i] = total;
}
