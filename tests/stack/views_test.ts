import assert from "assert";
import { decode } from "fast-png";
import { contrastRange, encodePng, magnify, sideBySide, xzView } from "../../src/stack/views.ts";

const slices = [Uint16Array.of(0, 0, 10, 20), Uint16Array.of(0, 0, 30, 40)];
const cut = { width: 2, y: 1, zStep: 2, xStep: 1, range: [0, 40] as const };

Deno.test("xzView() shows the nearest slice in each row, in true proportions", () => {
  assert.deepEqual(xzView(slices, cut), {
    width: 2,
    height: 3,
    data: Uint8Array.of(64, 128, 191, 255, 191, 255),
  });
});

Deno.test("xzView() makes pictures of one height from stacks over the same depth", () => {
  const coarse = Array.from({ length: 4 }, () => Uint8Array.of(1));
  const fine = Array.from({ length: 7 }, () => Uint8Array.of(1));
  const view = { width: 1, y: 0, xStep: 0.3, range: [0, 1] as const };
  assert.equal(
    xzView(coarse, { ...view, zStep: 2 }).height,
    xzView(fine, { ...view, zStep: 1 }).height,
  );
});

Deno.test("xzView() clips what lies outside the range", () => {
  const { data } = xzView(slices, { ...cut, range: [15, 25] });
  assert.deepEqual([data[0], data[3]], [0, 255]);
});

Deno.test("xzView() shows an even stack without dividing by zero", () => {
  assert.ok(xzView(slices, { ...cut, y: 0, range: [0, 0] }).data.every((value) => value === 0));
});

Deno.test("contrastRange() leaves out the darkest and the brightest half percent", () => {
  const samples = Uint16Array.from({ length: 1001 }, (_, i) => i === 7 ? 65535 : i);
  assert.deepEqual(contrastRange(samples), [5, 996]);
});

Deno.test("magnify() makes squares of pixels", () => {
  const image = { width: 2, height: 1, data: Uint8Array.of(1, 2) };
  assert.deepEqual(magnify(image, 2), {
    width: 4,
    height: 2,
    data: Uint8Array.of(1, 1, 2, 2, 1, 1, 2, 2),
  });
});

Deno.test("sideBySide() puts a white line between two pictures", () => {
  const left = { width: 1, height: 2, data: Uint8Array.of(1, 2) };
  const right = { width: 2, height: 1, data: Uint8Array.of(3, 4) };
  const { width, height, data } = sideBySide(left, right);
  assert.deepEqual([width, height], [6, 2]);
  assert.deepEqual([...data], [1, 255, 255, 255, 3, 4, 2, 255, 255, 255, 0, 0]);
});

Deno.test("encodePng() writes a grey picture that decodes to the same samples", () => {
  const image = xzView(slices, cut);
  const { width, height, data, channels, depth } = decode(encodePng(image));
  assert.deepEqual({ width, height, data: Uint8Array.from(data) }, image);
  assert.deepEqual([channels, depth], [1, 8]);
});
