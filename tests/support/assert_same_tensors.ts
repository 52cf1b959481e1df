import assert from "assert";

type Tensors = ReadonlyMap<string, { readonly data: Float32Array }>;

/** Equal to the bit. Names the tensors that differ; to show values of millions would take minutes. */
export function assertSameTensors(found: Tensors, expected: Tensors): void {
  assert.deepEqual([...found.keys()].sort(), [...expected.keys()].sort());
  const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) =>
    new Uint8Array(buffer, byteOffset, byteLength);
  const different = [...expected].filter(([name, { data }]) => {
    const other = bytesOf(found.get(name)!.data);
    return !bytesOf(data).every((byte, i) => byte === other[i]);
  });
  assert.deepEqual(different.map(([name]) => name), []);
}
