import assert from "assert";
import { readSafetensors, writeSafetensors } from "../../src/io/safetensors.ts";
import { CheckpointError, type Weights } from "../../src/io/weights.ts";

function file(header: unknown, data: Uint8Array = new Uint8Array()): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

function one(dtype: string, values: ArrayBufferView): Uint8Array<ArrayBuffer> {
  const { byteLength } = values;
  const data = new Uint8Array(values.buffer, values.byteOffset, byteLength);
  const size = { F64: 8, I64: 8, F16: 2, BF16: 2, U8: 1 }[dtype] ?? 4;
  return file({ x: { dtype, shape: [byteLength / size], data_offsets: [0, byteLength] } }, data);
}

function weights(values: Record<string, number[]>): Weights {
  return new Map(
    Object.entries(values).map(([name, data]) => [
      name,
      { shape: [data.length], data: new Float32Array(data) },
    ]),
  );
}

function values(bytes: Uint8Array): number[] {
  return [...readSafetensors(bytes).weights.get("x")!.data];
}

function assertRefused(bytes: Uint8Array, message: RegExp): void {
  assert.throws(() => readSafetensors(bytes), (error) => {
    assert.ok(error instanceof CheckpointError);
    assert.match(error.message, message);
    return true;
  });
}

const pair = (a: [number, number], b: [number, number]) =>
  file({
    a: { dtype: "U8", shape: [a[1] - a[0]], data_offsets: a },
    b: { dtype: "U8", shape: [b[1] - b[0]], data_offsets: b },
  }, new Uint8Array(8));

Deno.test("readSafetensors() widens F16, subnormals and infinities included", () => {
  const bits = Uint16Array.of(0x3c00, 0x0001, 0x83ff, 0x7c00, 0xfbff);
  assert.deepEqual(values(one("F16", bits)), [1, 2 ** -24, -1023 * 2 ** -24, Infinity, -65504]);
});

Deno.test("readSafetensors() widens BF16", () => {
  assert.deepEqual(values(one("BF16", Uint16Array.of(0x3f80, 0xc040, 0x0001))), [
    1,
    -3,
    2 ** -133,
  ]);
});

Deno.test("readSafetensors() rounds F64 to the nearest float32", () => {
  assert.deepEqual(values(one("F64", Float64Array.of(0.1, 3))), [Math.fround(0.1), 3]);
});

Deno.test("readSafetensors() reads integers that float32 holds exactly", () => {
  assert.deepEqual(values(one("I64", BigInt64Array.of(-5n, 1n << 40n))), [-5, 2 ** 40]);
  assert.deepEqual(values(one("I32", Int32Array.of(7, -(2 ** 31)))), [7, -(2 ** 31)]);
});

Deno.test("readSafetensors() ignores by name what float32 cannot hold", () => {
  const large = readSafetensors(one("I64", BigInt64Array.of(16777217n)));
  assert.deepEqual([large.weights.size, large.ignored], [0, ["x (I64 past 2^24)"]]);
  const foreign = file(
    { x: { dtype: "F8_E4M3", shape: [2], data_offsets: [0, 2] } },
    new Uint8Array(2),
  );
  assert.deepEqual(readSafetensors(foreign).ignored, ["x (F8_E4M3)"]);
});

Deno.test("readSafetensors() reads from bytes that start at an odd offset", () => {
  const bytes = one("F32", Float32Array.of(1.5, -2));
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  assert.deepEqual(values(shifted.subarray(3)), [1.5, -2]);
});

Deno.test("readSafetensors() refuses a header length that lies", () => {
  const bytes = one("F32", Float32Array.of(1));
  bytes[0] += 100;
  assertRefused(bytes, /^its header claims \d+ bytes, and only \d+ follow$/);
});

Deno.test("readSafetensors() refuses a huge header", () => {
  const bytes = one("F32", Float32Array.of(1));
  bytes[6] = 1;
  assertRefused(bytes, /more than a model needs/);
});

Deno.test("readSafetensors() refuses a header that is not JSON, or not an object", () => {
  assertRefused(file("{nonsense"), /not valid JSON/);
  assertRefused(file("[]"), /not a JSON object/);
  assertRefused(file("[".repeat(100_000)), /not valid JSON/);
});

Deno.test("readSafetensors() refuses tensors that overlap, or leave a gap", () => {
  assertRefused(pair([0, 5], [4, 8]), /the tensor b overlaps the tensor before it/);
  assertRefused(pair([0, 3], [4, 8]), /the tensor b leaves a gap before it/);
  assertRefused(pair([0, 3], [3, 6]), /end at byte 6 of the data, and there are 8/);
});

Deno.test("readSafetensors() refuses a tensor past the end of the file", () => {
  assertRefused(pair([0, 4], [4, 9]), /the tensor b ends at byte 9 of the data, and there are 8/);
});

Deno.test("readSafetensors() refuses a shape that does not fit the bytes", () => {
  const header = { x: { dtype: "F32", shape: [2, 3], data_offsets: [0, 8] } };
  assertRefused(
    file(header, new Uint8Array(8)),
    /x is F32 \[2,3\], which takes 24 bytes, and has 8/,
  );
});

Deno.test("readSafetensors() refuses an entry with fractions, negatives or missing fields", () => {
  for (const shape of [[1.5], [-1], "2", undefined]) {
    const header = { x: { dtype: "F32", shape, data_offsets: [0, 4] } };
    assertRefused(file(header, new Uint8Array(4)), /does not give the tensor x a dtype, a shape/);
  }
});

Deno.test("readSafetensors() refuses metadata that is not strings", () => {
  assertRefused(file({ __metadata__: { epoch: 3 } }), /has epoch, which is not a string/);
});

Deno.test("writeSafetensors() and back is exact to the bit, NaN's payload included", () => {
  const bits = Uint32Array.of(0x7fc12345, 0x80000000, 1, 0x3f800001);
  const before = new Map([["x", { shape: [2, 2], data: new Float32Array(bits.buffer) }]]);
  const { shape, data } = readSafetensors(writeSafetensors(before)).weights.get("x")!;
  assert.deepEqual(shape, [2, 2]);
  assert.deepEqual(new Uint32Array(data.buffer), bits);
});

Deno.test("writeSafetensors() rounds to F16 half to even, subnormals included", () => {
  const steps = [2049, 2051, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 2 ** -25, 3 * 2 ** -25, 65519, -0];
  const rounded = [2048, 2052, 1, 1 + 2 ** -9, 0, 2 ** -23, 65504, -0];
  const bytes = writeSafetensors(weights({ x: steps }), { storage: "F16" });
  assert.deepEqual(values(bytes), rounded);
});

Deno.test("writeSafetensors() refuses a value that F16 cannot hold", () => {
  assert.throws(
    () => writeSafetensors(weights({ x: [1, 70000] }), { storage: "F16" }),
    /F16 cannot hold 70000 of the tensor x/,
  );
});

Deno.test("writeSafetensors() keeps the metadata", () => {
  const metadata = { variant: "zaugnet+", epochs: "3" };
  const bytes = writeSafetensors(weights({ x: [1] }), { metadata });
  assert.deepEqual({ ...readSafetensors(bytes).metadata }, metadata);
});

Deno.test("writeSafetensors() gives equal bytes for equal weights in any order", () => {
  const options = { metadata: { b: "1", a: "2" } };
  const bytes = writeSafetensors(weights({ b: [1], a: [2, 3] }), options);
  assert.deepEqual(
    bytes,
    writeSafetensors(weights({ a: [2, 3], b: [1] }), { metadata: { a: "2", b: "1" } }),
  );
});

Deno.test("writeSafetensors() aligns the data to eight bytes", () => {
  for (const name of ["x", "xy", "xyz"]) {
    const bytes = writeSafetensors(weights({ [name]: [1] }));
    assert.equal(new DataView(bytes.buffer).getUint32(0, true) % 8, 0);
  }
});
