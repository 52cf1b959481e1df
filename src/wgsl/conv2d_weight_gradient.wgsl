// y[split, k, c, t] = sum over pixels p of g[k, p] x[c, p * stride + t - padding], rows of p split
// The plain kernel, for every adapter: four output by four input channels of one tap an invocation.
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = i32((group.y * groups.x + group.x) * 64u + lane);
  let tap = i % params.taps;
  let quad = (i / params.taps) % params.quads;
  let output_quad = (i / (params.taps * params.quads)) % params.tiles;
  let split = i / (params.taps * params.quads * params.tiles);
  if (split >= params.splits) { return; }
  let dy = tap / params.taps_x - params.padding;
  let dx = tap % params.taps_x - params.padding;
  let first = max(0, (params.stride - 1 - dx) / params.stride);
  let last = min(params.columns, (params.width - 1 - dx + params.stride) / params.stride);
  #for k < 4
  var s${k} = vec4f();
  #end
  let rows = rows_of(split);
  for (var r = rows[0]; r < rows[1]; r++) {
    let batch = r / params.rows;
    let row = r % params.rows;
    let x_row = row * params.stride + dy;
    if (x_row < 0 || x_row >= params.height) { continue; }
    let x_base = ((batch * params.quads + quad) * params.height + x_row) * params.width + dx;
    let g_base = ((batch * params.output_quads + output_quad) * params.rows + row) * params.columns;
    // A sum for each row, added up at its end: fewer roundings than in one long sum.
    #for k < 4
    var r${k} = vec4f();
    #end
    for (var column = first; column < last; column++) {
      let v = x[x_base + column * params.stride];
      let up = g[g_base + column];
      #for k < 4
      r${k} += up[${k}] * v;
      #end
    }
    #for k < 4
    s${k} += r${k};
    #end
  }
  let step = params.quads * params.taps;
  let k = output_quad * 4;
  let base = (split * params.outputs + k) * step + quad * params.taps + tap;
  #for k < 4
  if (k + ${k} < params.outputs) { y[base + ${k} * step] = s${k}; }
  #end
}
