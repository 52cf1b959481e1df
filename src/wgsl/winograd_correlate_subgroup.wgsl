// y[split, k, c, (a, b)] = sum over i, j of A[a, i] A[b, j] m[i, j, k, c], where
// m[i, j, k, c] = sum over tiles t of g[i, j, t, k] x[i, j, t, c], tiles t split
// A weight's gradient by Winograd's F(3x3, 4x4), last step: 36 matrix products, whose 36 numbers
// become 3 x 3 taps. For subgroups of exactly 8: 16 output channels by eight quads of input channels,
// a quad a lane. Four tiles at a time: each lane loads its own of x and two of g, which the lanes
// then hand to each other. Sums are updated once for four products: an update costs as much as two
// of them. The 36 numbers are never stored: that would take as long as all the rest.
struct Params {
  tiles: i32, quads: i32, outputs: i32, output_quads: i32, groups: i32, parts: i32,
  sample_tiles: i32, span: i32, first: i32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> g: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

/// Four output channels, the columns, by a quad of input channels at a row of taps, and at all taps.
struct Row { a: mat4x4f, b: mat4x4f, c: mat4x4f }
struct Taps { a: Row, b: Row, c: Row }

/// Column i of A: point i's powers; infinity counts in the highest only.
fn powers(i: i32) -> vec3f {
  let z = select(select(Q, P, i < 3), 0.0, i == 0) * select(1.0, -1.0, i % 2 == 0);
  return select(vec3f(1.0, z, z * z), vec3f(0.0, 0.0, 1.0), i == 5);
}

fn add(r: Row, w: vec3f, m: mat4x4f) -> Row {
  return Row(r.a + w.x * m, r.b + w.y * m, r.c + w.z * m);
}

fn add_scaled(r: Row, w: f32, v: Row) -> Row {
  return Row(r.a + w * v.a, r.b + w * v.b, r.c + w * v.c);
}

fn add_row(t: Taps, w: vec3f, r: Row) -> Taps {
  return Taps(add_scaled(t.a, w.x, r), add_scaled(t.b, w.y, r), add_scaled(t.c, w.z, r));
}

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let lane = i32(index);
  let k_quad = i32(group.x) % params.groups * 4;
  let c_quad = i32(group.x) / params.groups * 8 + lane;
  let split = i32(group.y);
  let sample = split / params.parts;
  let begin = sample * params.sample_tiles + split % params.parts * params.span;
  let end = min(begin + params.span, (sample + 1) * params.sample_tiles);
  // From tile to tile: a row of the 36 numbers.
  let x_step = 6 * params.quads;
  let g_step = 6 * params.output_quads;
  // Of quads past the last, the last: those sums are not stored.
  var x_base = min(c_quad, params.quads - 1);
  var g_base = min(k_quad + lane % 4, params.output_quads - 1);
  #for q < 4
  var y${q} = Taps();
  #end
  for (var i = 0; i < 6; i++) {
    #for q < 4
    var r${q} = Row();
    #end
    for (var j = 0; j < 6; j++) {
      #for q < 4
      var m${q} = mat4x4f();
      #end
      for (var tile = begin; tile < end; tile += 4) {
        // Of tiles past the last, the last of x, times 0.
        let own = tile + lane / 4;
        let g0 = g[g_base + min(own, end - 1) * g_step];
        let g1 = g[g_base + min(own + 2, end - 1) * g_step];
        let u = select(vec4f(), g0, own < end);
        let w = select(vec4f(), g1, own + 2 < end);
        let v = mat4x4f(
          x[x_base + tile * x_step],
          x[x_base + min(tile + 1, end - 1) * x_step],
          x[x_base + min(tile + 2, end - 1) * x_step],
          x[x_base + min(tile + 3, end - 1) * x_step],
        );
        #for q < 4
        m${q} += v * transpose(mat4x4f(subgroupBroadcast(u, ${q}u), subgroupBroadcast(u, ${q + 4}u),
                                    subgroupBroadcast(w, ${q}u), subgroupBroadcast(w, ${q + 4}u)));
        #end
      }
      let p = powers(j);
      #for q < 4
      r${q} = add(r${q}, p, m${q});
      #end
      x_base += params.quads;
      g_base += params.output_quads;
    }
    x_base += (params.tiles - 1) * x_step;
    g_base += (params.tiles - 1) * g_step;
    let p = powers(i);
    #for q < 4
    y${q} = add_row(y${q}, p, r${q});
    #end
  }
  if (c_quad >= params.quads) { return; }
  let k = k_quad * 4;
  let at = (((params.first + split) * params.outputs + k) * params.quads + c_quad) * 9;
  #for q < 4
  store(at + ${36 * q} * params.quads, k + ${4 * q}, y${q});
  #end
}

/// Stores the taps of four output channels.
fn store(at: i32, k: i32, t: Taps) {
  store_row(at, k, t.a);
  store_row(at + 3, k, t.b);
  store_row(at + 6, k, t.c);
}

fn store_row(at: i32, k: i32, r: Row) {
  let step = 9 * params.quads;
  #for i < 4
  store_taps(at + ${i} * step, k + ${i}, r.a[${i}], r.b[${i}], r.c[${i}]);
  #end
}

fn store_taps(at: i32, k: i32, a: vec4f, b: vec4f, c: vec4f) {
  if (k >= params.outputs) { return; }
  y[at] = a;
  y[at + 1] = b;
  y[at + 2] = c;
}
