// y = value in every channel of the shape, 0 in the spare lanes of the last quad
struct Params { size: u32, area: u32, quads: u32, channels: u32, value: f32 }

@group(0) @binding(0) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(1) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.size) { return; }
  let channel = (i / params.area) % params.quads * 4u + vec4u(0u, 1u, 2u, 3u);
  y[i] = select(vec4f(), vec4f(params.value), channel < vec4u(params.channels));
}
