// y[o] = the parts 8 o to 8 o + 7 of x, added in pairs, the pairs in pairs, and these
struct Params { size: u32, quads: u32, parts: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

fn one(part: u32, quad: u32) -> vec4f {
  return x[part * params.quads + quad];
}

fn two(part: u32, quad: u32) -> vec4f {
  let sum = one(part, quad);
  if (part + 1u >= params.parts) { return sum; }
  return sum + one(part + 1u, quad);
}

fn four(part: u32, quad: u32) -> vec4f {
  let sum = two(part, quad);
  if (part + 2u >= params.parts) { return sum; }
  return sum + two(part + 2u, quad);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let quad = i % params.quads;
  let part = i / params.quads * 8u;
  var sum = four(part, quad);
  if (part + 4u < params.parts) { sum += four(part + 4u, quad); }
  y[i] = sum;
}
