// y[split, k, c, t] = sum over pixels p of g[k, p] x[c, p * stride + t - padding], rows of p split
struct Params {
  size: u32, height: i32, width: i32, quads: u32, rows: i32, columns: i32, output_quads: u32,
  outputs: u32, taps_x: u32, taps: u32, stride: i32, padding: i32, sample_rows: i32, padded_rows: i32, span: i32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> g: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let tap = i % params.taps;
  let quad = (i / params.taps) % params.quads;
  let output_quad = (i / (params.taps * params.quads)) % params.output_quads;
  let split = i32(i / (params.taps * params.quads * params.output_quads));
  let dy = i32(tap / params.taps_x) - params.padding;
  let dx = i32(tap % params.taps_x) - params.padding;
  let first = max(0, (params.stride - 1 - dx) / params.stride);
  let last = min(params.columns, (params.width - 1 - dx + params.stride) / params.stride);
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  let sample = split * params.span / params.padded_rows;
  let skipped = sample * (params.padded_rows - params.sample_rows);
  let end = min((split + 1) * params.span - skipped, (sample + 1) * params.sample_rows);
  for (var r = split * params.span - skipped; r < end; r++) {
    let batch = r / params.rows;
    let row = r % params.rows;
    let x_row = row * params.stride + dy;
    if (x_row < 0 || x_row >= params.height) { continue; }
    let x_base = ((batch * i32(params.quads) + i32(quad)) * params.height + x_row) * params.width + dx;
    let g_base = ((batch * i32(params.output_quads) + i32(output_quad)) * params.rows + row) * params.columns;
    // A sum for each row, added up at its end: fewer roundings than in one long sum.
    var r0 = vec4f();
    var r1 = vec4f();
    var r2 = vec4f();
    var r3 = vec4f();
    for (var column = first; column < last; column++) {
      let v = x[x_base + column * params.stride];
      let up = g[g_base + column];
      r0 += up.x * v;
      r1 += up.y * v;
      r2 += up.z * v;
      r3 += up.w * v;
    }
    s0 += r0;
    s1 += r1;
    s2 += r2;
    s3 += r3;
  }
  let step = params.quads * params.taps;
  let k = output_quad * 4u;
  let base = (u32(split) * params.outputs + k) * step + quad * params.taps + tap;
  y[base] = s0;
  if (k + 1u < params.outputs) { y[base + step] = s1; }
  if (k + 2u < params.outputs) { y[base + 2u * step] = s2; }
  if (k + 3u < params.outputs) { y[base + 3u * step] = s3; }
}
