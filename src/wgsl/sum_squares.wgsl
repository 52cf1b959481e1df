// y[first + i] = sum of squares over chunk i of four tensors; each has chunks of its own
// Every chunks-th element is of one chunk, so that neighbouring invocations read neighbours.
struct Params {
  first: u32, size0: u32, size1: u32, size2: u32, size3: u32,
  chunks0: u32, chunks1: u32, chunks2: u32, chunks3: u32,
}

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
  let begin1 = params.chunks0;
  let begin2 = begin1 + params.chunks1;
  let begin3 = begin2 + params.chunks2;
  if (i >= begin3 + params.chunks3) { return; }
  var total = vec4f();
  if (i < begin1) {
    for (var r = i; r < params.size0; r += params.chunks0) { let v = x0[r]; total += v * v; }
  } else if (i < begin2) {
    for (var r = i - begin1; r < params.size1; r += params.chunks1) { let v = x1[r]; total += v * v; }
  } else if (i < begin3) {
    for (var r = i - begin2; r < params.size2; r += params.chunks2) { let v = x2[r]; total += v * v; }
  } else {
    for (var r = i - begin3; r < params.size3; r += params.chunks3) { let v = x3[r]; total += v * v; }
  }
  y[params.first + i] = total;
}
