import assert from "assert";
import { holdOut } from "../../src/evaluation/held_out.ts";
import { evaluateStack } from "../../src/evaluation/evaluate.ts";
import { EvaluationPicture } from "../../src/evaluation/picture.ts";
import { FakeReader, LinearInterpolator, stackInfo } from "../prediction/stand_ins.ts";

Deno.test("the picture shows before, prediction, truth and difference, XY above XZ", async () => {
  const [depth, side, zStep] = [9, 256, 4];
  const reader = new FakeReader(
    stackInfo([1, 1, depth, side, side]),
    (_t, _c, z, i) => (i % side + 20 * z) % 256,
  );
  const picture = new EvaluationPicture(reader.info, holdOut(reader, 2));
  await evaluateStack(reader, new LinearInterpolator(), {
    onSlice: (slice) => picture.add(slice),
  });
  const { width, height, data } = picture.draw();
  const line = 3;
  assert.equal(width, 4 * side + 3 * line);
  assert.equal(height, side + line + (depth - 1) * zStep + 1);
  assert.equal(data.length, width * height);

  // The generated slice in the middle is 5, and 4 was kept before it.
  const panel = (column: number, x: number) => data[column * (side + line) + x];
  const expected = (z: number, x: number) => (x + 20 * z) % 256;
  for (const x of [60, 70, 80]) {
    assert.ok(Math.abs(panel(0, x) - expected(4, x)) <= 2, "before");
    assert.ok(Math.abs(panel(2, x) - expected(5, x)) <= 2, "truth");
    assert.ok(Math.abs(panel(1, x) - panel(2, x)) <= 1, "the prediction equals it here");
    assert.ok(panel(3, x) <= 4, "so the difference is black");
  }
});
