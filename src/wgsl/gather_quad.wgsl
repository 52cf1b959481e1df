// one quad of y = a channel each of x0, x1, x2, x3; 0 where the channel is NONE
struct Params {
  size: u32, area: u32, y_quads: u32, y_quad: u32,
  quads0: u32, quads1: u32, quads2: u32, quads3: u32,
  channel0: u32, channel1: u32, channel2: u32, channel3: u32,
}

const NONE = 0xffffffffu;

@group(0) @binding(0) var<storage, read> x0: array<vec4f>;
@group(0) @binding(1) var<storage, read> x1: array<vec4f>;
@group(0) @binding(2) var<storage, read> x2: array<vec4f>;
@group(0) @binding(3) var<storage, read> x3: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let pixel = i % params.area;
  let batch = i / params.area;
  var v = vec4f();
  if (params.channel0 != NONE) {
    v.x = x0[(batch * params.quads0 + params.channel0 / 4u) * params.area + pixel][params.channel0 % 4u];
  }
  if (params.channel1 != NONE) {
    v.y = x1[(batch * params.quads1 + params.channel1 / 4u) * params.area + pixel][params.channel1 % 4u];
  }
  if (params.channel2 != NONE) {
    v.z = x2[(batch * params.quads2 + params.channel2 / 4u) * params.area + pixel][params.channel2 % 4u];
  }
  if (params.channel3 != NONE) {
    v.w = x3[(batch * params.quads3 + params.channel3 / 4u) * params.area + pixel][params.channel3 % 4u];
  }
  y[(batch * params.y_quads + params.y_quad) * params.area + pixel] = v;
}
