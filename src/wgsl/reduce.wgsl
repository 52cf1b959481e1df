// y[o, chunk] = sum (or largest magnitude) of x over one chunk of the axes that are reduced; the
// caller repeats it over the chunks until one is left, so rounding errors stay those of a tree
override MAXIMUM: bool;
override FOLD: bool;       // add the four lanes of the result, too
struct Params {
  size: u32, chunks: u32, span: u32, reduced: u32,
  keep_quad: u32, keep_row: u32, keep_column: u32,
  sum_quad: u32, sum_row: u32, sum_column: u32,
  keep_batch_stride: u32, keep_quad_stride: u32, keep_row_stride: u32, keep_column_stride: u32,
  sum_batch_stride: u32, sum_quad_stride: u32, sum_row_stride: u32, sum_column_stride: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let chunk = i % params.chunks;
  var o = i / params.chunks;
  var base = o % params.keep_column * params.keep_column_stride;
  o /= params.keep_column;
  base += o % params.keep_row * params.keep_row_stride;
  o /= params.keep_row;
  base += o % params.keep_quad * params.keep_quad_stride;
  base += o / params.keep_quad * params.keep_batch_stride;

  var total = vec4f();
  for (var r = chunk * params.span; r < min((chunk + 1u) * params.span, params.reduced); r++) {
    var rest = r;
    var at = base + rest % params.sum_column * params.sum_column_stride;
    rest /= params.sum_column;
    at += rest % params.sum_row * params.sum_row_stride;
    rest /= params.sum_row;
    at += rest % params.sum_quad * params.sum_quad_stride;
    at += rest / params.sum_quad * params.sum_batch_stride;
    if (MAXIMUM) { total = max(total, abs(x[at])); } else { total += x[at]; }
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
