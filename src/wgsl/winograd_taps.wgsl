// y[split, k, c, (a, b)] = sum over i, j of A[a, i] A[b, j] m[i, j, split, k, c]
// A weight's gradient by Winograd's F(3x3, 4x4), last step: 36 numbers become 3 x 3 taps.
const POWERS = 3;
struct Params { size: i32, first: i32 }

@group(0) @binding(0) var<storage, read> m: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = i32((group.y * groups.x + group.x) * 64u + lane);
  if (i >= params.size) { return; }
  #for column < 6
  let c${column} = transformed_column(${column} * params.size + i, 6 * params.size);
  #end
  let at = (params.first + i) * 9;
  #for row < 3
  let r${row} = transform(c0[${row}], c1[${row}], c2[${row}], c3[${row}], c4[${row}], c5[${row}]);
  #for column < 3
  y[at + ${3 * row + column}] = r${row}[${column}];
  #end
  #end
}
