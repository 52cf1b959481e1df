// What the direct convolutions share: their arrays and parameters, where pixels and taps lie, and how a
// sum is stored. A part of conv2d, conv2d_tiled and conv2d_subgroup.
override HAS_BIAS: bool;
override HAS_SLOPE: bool;
struct Params {
  batch: i32, height: i32, width: i32, quads: i32, x_from: i32, x_quads: i32,
  rows: i32, columns: i32, full_height: i32, full_width: i32, output_quads: i32, tiles: i32,
  y_from: i32, y_quads: i32, taps_x: i32, taps_y: i32, whole_x: i32, whole_y: i32,
  stride: i32, padding_y: i32, padding_x: i32, phases: i32, phase_offset: i32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read> slope: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(5) var<uniform> params: Params;

/// Where an invocation reads and writes for one pixel of the result.
struct Pixel {
  batch: i32, top: i32, left: i32, full_row: i32, full_column: i32, inside: bool,
}

fn pixel(index: i32, phase: i32) -> Pixel {
  let column = index % params.columns;
  let row = (index / params.columns) % params.rows;
  let batch = index / (params.columns * params.rows);
  return pixel_at(batch, row, column, phase);
}

fn pixel_at(batch: i32, row: i32, column: i32, phase: i32) -> Pixel {
  let phase_y = phase / params.phases;
  let phase_x = phase % params.phases;
  let top = row * params.stride - params.padding_y + (phase_y + params.phase_offset) / params.phases;
  let left = column * params.stride - params.padding_x + (phase_x + params.phase_offset) / params.phases;
  let full_row = row * params.phases + phase_y;
  let full_column = column * params.phases + phase_x;
  let inside = batch < params.batch && full_row < params.full_height && full_column < params.full_width;
  return Pixel(batch, top, left, full_row, full_column, inside);
}

/// The first tap along an axis that a phase has: those with fewer than the others lack the first one.
fn first_tap(phase: i32, whole: i32) -> i32 {
  return select(1, 0, (phase + params.phase_offset) % params.phases < whole);
}

/// True where the tap (dy, dx) of a pixel lies on the image.
fn seen(p: Pixel, dy: i32, dx: i32) -> bool {
  let row = p.top + dy;
  let column = p.left + dx;
  return p.inside && row >= 0 && row < params.height && column >= 0 && column < params.width;
}

fn address(p: Pixel, dy: i32, dx: i32) -> i32 {
  let plane = p.batch * params.x_quads + params.x_from;
  return (plane * params.height + p.top + dy) * params.width + p.left + dx;
}

/// Stores a sum over all channels, or over a part of them: the first part, 0, has the bias.
fn store(sum: vec4f, quad: i32, part: i32, at: Pixel) {
  if (quad >= params.output_quads || !at.inside) { return; }
  var v = sum;
  if (HAS_BIAS && part == 0) { v += bias[quad]; }
  if (HAS_SLOPE) { v *= select(slope[quad], vec4f(1.0), v > vec4f()); }
  let plane = (part * params.batch + at.batch) * params.y_quads + params.y_from + quad;
  y[(plane * params.full_height + at.full_row) * params.full_width + at.full_column] = v;
}
