import assert from "assert";
import { crop, paddedSide, reflectPad } from "../../src/stack/resizer.ts";

Deno.test("reflectPad() reflects at the bottom and right without repeating the edge", () => {
  const plane = Float32Array.from({ length: 12 * 14 }, (_, i) => i);
  const padded = reflectPad(plane, 12, 14);
  assert.equal(padded.length, 256);
  assert.deepEqual([...padded.subarray(11, 16)], [11, 12, 13, 12, 11]);
  assert.deepEqual(
    [11, 12, 13, 14, 15].map((y) => padded[y * 16]),
    [11, 10, 9, 8, 7].map((y) => y * 14),
  );
  assert.equal(padded[255], 7 * 14 + 11);
});

Deno.test("reflectPad() reflects a side of three to and fro", () => {
  const padded = reflectPad(new Float32Array([1, 2, 3]), 1, 3);
  assert.deepEqual([...padded.subarray(0, 16)], [1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3, 2]);
});

Deno.test("reflectPad() repeats a side of one", () => {
  assert.deepEqual(reflectPad(new Float32Array([7]), 1, 1), new Float32Array(256).fill(7));
});

Deno.test("reflectPad() copies nothing where nothing is to be padded", () => {
  const plane = new Float32Array(32 * 16);
  assert.equal(reflectPad(plane, 32, 16), plane);
});

Deno.test("crop() undoes reflectPad()", () => {
  for (const [height, width] of [[1, 1], [3, 40], [16, 17], [33, 16], [48, 32]]) {
    const plane = Float32Array.from({ length: height * width }, (_, i) => i);
    assert.deepEqual(crop(reflectPad(plane, height, width), height, width), plane);
  }
});

Deno.test("paddedSide() is the next multiple of 16", () => {
  assert.deepEqual([1, 16, 17, 250].map(paddedSide), [16, 16, 32, 256]);
});
