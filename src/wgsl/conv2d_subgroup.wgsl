// y[k, p] = prelu(bias[k] + sum over taps t and channels c of w[k, c, t] x[c, p * stride + t - padding])
// For subgroups of exactly 8: 8 PIXELS pixels by CHANNELS output channels a subgroup. Each lane loads
// its own PIXELS pixels and an eighth of the weights, which the lanes then hand to each other.
// Unrolled: q is a quad of output channels, p a pixel of a lane, i a weight of a lane, c an input channel
// of four.
@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let tile = i32(group.y);
  let phases = u32(params.phases * params.phases);
  let phase = i32(group.z % phases);
  let block = i32(group.z / phases * groups.x + group.x) * ${8 * PIXELS} + i32(lane);
  #for p < PIXELS
  let p${p} = pixel(block + ${8 * p}, phase);
  #end
  let area = params.height * params.width;
  let first_y = first_tap(phase / params.phases, params.whole_y);
  let first_x = first_tap(phase % params.phases, params.whole_x);
  let across = params.taps_x - first_x;
  let tap_size = params.quads * ${CHANNELS};
  let first_weight = (phase * params.tiles + tile) * params.taps_y * params.taps_x * tap_size + i32(lane);
  #for q < CHANNELS / 4, p < PIXELS
  var s${q}_${p} = vec4f();
  #end
  // A sum for each tap, added up at its end: fewer roundings than in one long sum.
  for (var tap = 0; tap < (params.taps_y - first_y) * across; tap++) {
    let dy = first_y + tap / across;
    let dx = first_x + tap % across;
    var w = first_weight + (dy * params.taps_x + dx) * tap_size;
    #for p < PIXELS
    let inside${p} = seen(p${p}, dy, dx);
    var at${p} = select(0, address(p${p}, dy, dx), inside${p});
    #end
    #for q < CHANNELS / 4, p < PIXELS
    var t${q}_${p} = vec4f();
    #end
    for (var quad = 0; quad < params.quads; quad++) {
      #for i < CHANNELS / 8
      let w${i} = weight[w + ${8 * i}];
      #end
      #for p < PIXELS
      let v${p} = select(vec4f(), x[at${p}], inside${p});
      #end
      #for q < CHANNELS / 4
      {
        // Entry c * CHANNELS / 4 + q of the weights, eight of which the lanes have in each of theirs.
        #for c < 4
        let c${c} = subgroupBroadcast(w${c * CHANNELS / 32}, ${c * CHANNELS / 4 % 8 + q}u);
        #end
        #for p < PIXELS
        t${q}_${p} += c0 * v${p}.x + c1 * v${p}.y + c2 * v${p}.z + c3 * v${p}.w;
        #end
      }
      #end
      w += ${CHANNELS};
      #for p < PIXELS
      at${p} += area;
      #end
    }
    #for q < CHANNELS / 4, p < PIXELS
    s${q}_${p} += t${q}_${p};
    #end
  }
  #for p < PIXELS, q < CHANNELS / 4
  store(s${q}_${p}, tile * ${CHANNELS / 4} + ${q}, 0, p${p});
  #end
}
