import assert from "assert";
import { XMLParser } from "fast-xml-parser";
import { drawCurves } from "../../src/training/curves.ts";
import { fittingMicroBatch, trainingPeakBytes } from "../../src/training/memory.ts";

const points = (count: number, value = (i: number) => i) =>
  Array.from({ length: count }, (_, i) => [i + 1, value(i)] as const);

function polylines(svg: string): string[] {
  const parsed = new XMLParser({ ignoreAttributes: false }).parse(svg);
  return [parsed.svg.g].flat().flatMap((g) => [g.polyline ?? []].flat())
    .map((line) => line["@_points"]);
}

Deno.test("drawCurves() draws a line for each curve, within the picture", () => {
  const svg = drawCurves([{
    title: "A & B < C",
    curves: [{ name: "up", points: points(5) }, { name: "down", points: points(5, (i) => -i) }],
  }]);
  const lines = polylines(svg);
  assert.equal(lines.length, 2);
  for (const [x, y] of lines.join(" ").split(" ").map((pair) => pair.split(",").map(Number))) {
    assert.ok(x >= 0 && x <= 720 && y >= 0 && y <= 220, `${x},${y}`);
  }
});

Deno.test("drawCurves() leaves out what is not a number, and draws a curve without points", () => {
  const lines = polylines(drawCurves([{
    title: "holes",
    curves: [{ name: "a", points: points(3, (i) => i === 1 ? NaN : i) }, {
      name: "b",
      points: [],
    }],
  }]));
  assert.deepEqual(lines.map((line) => line.split(" ").filter(Boolean).length), [2, 0]);
});

Deno.test("drawCurves() averages points of a long run", () => {
  const [line] = polylines(drawCurves([{
    title: "long",
    curves: [{ name: "a", points: points(100_000) }],
  }]));
  assert.ok(line.split(" ").length < 720);
});

const GPU = { readsTextures: false, memoryLimit: 2 * 2 ** 30 };

Deno.test("fittingMicroBatch() takes the whole batch where it fits", () => {
  assert.equal(fittingMicroBatch(GPU, { patchSize: 64, lambdaAdv: 0 }, 8), 8);
});

Deno.test("fittingMicroBatch() splits a batch into parts of the largest power of two that fits", () => {
  const sizes = { patchSize: 256, lambdaAdv: 1e-3 };
  const parts = fittingMicroBatch(GPU, sizes, 8);
  assert.equal(parts, 2);
  assert.ok(trainingPeakBytes(GPU, sizes, parts) <= GPU.memoryLimit);
  assert.ok(trainingPeakBytes(GPU, sizes, 2 * parts) > GPU.memoryLimit);
});

Deno.test("fittingMicroBatch() is never less than one", () => {
  const little = { ...GPU, memoryLimit: 1 };
  assert.equal(fittingMicroBatch(little, { patchSize: 256, lambdaAdv: 0 }, 3), 1);
});

Deno.test("trainingPeakBytes() is larger where buffers are mirrored by textures", () => {
  const sizes = { patchSize: 128, lambdaAdv: 1e-3 };
  const mirrored = trainingPeakBytes({ ...GPU, readsTextures: true }, sizes, 2);
  assert.ok(mirrored > trainingPeakBytes(GPU, sizes, 2));
});
