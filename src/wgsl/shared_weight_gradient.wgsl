// What the direct weight gradients share: their arrays and parameters, and the rows that a split sums.
// A part of conv2d_weight_gradient, its _tiled and its _subgroup.
struct Params {
  height: i32, width: i32, quads: i32, rows: i32, columns: i32, outputs: i32, output_quads: i32,
  taps_x: i32, taps: i32, stride: i32, padding: i32,
  tiles: i32, // of output channels, as many as a kernel takes at once
  splits: i32, sample_rows: i32, padded_rows: i32, span: i32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> g: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

/// The first row of g that a split sums, of all batches' rows, and the one after its last.
fn rows_of(split: i32) -> vec2i {
  let sample = split * params.span / params.padded_rows;
  let skipped = sample * (params.padded_rows - params.sample_rows);
  let begin = split * params.span - skipped;
  return vec2i(begin, min(begin + params.span, (sample + 1) * params.sample_rows));
}
