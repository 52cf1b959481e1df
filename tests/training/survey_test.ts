import assert from "assert";
import { randomNumbers } from "../../src/random.ts";
import { surveyStack, weakPairs } from "../../src/training/survey.ts";
import { type FakeStack, fakeStack } from "./stand_ins.ts";

const survey = ({ reader }: FakeStack) =>
  surveyStack(reader, (t, c, z) => reader.readSlice(t, c, z));

/** Slices that drift with z, and others beyond the cut; `noise` is drawn anew for each sample. */
const cutAfter = (cut: number) => (_t: number, _c: number, z: number, i: number) =>
  100 + 80 * Math.sin(i / 5 + z / 10 + (z > cut ? Math.PI / 2 : 0)) +
  10 * randomNumbers(z, i).uniform();

Deno.test("surveyStack() computes Pearson's correlation of neighbours", async () => {
  const slices = [[1, 2, 3, 4], [2, 1, 4, 3], [5, 5, 5, 5]];
  const stack = fakeStack([1, 1, 3, 2, 2], { sample: (_t, _c, z, i) => slices[z][i] });
  const { correlations, min, max } = await survey(stack);
  assert.ok(Math.abs(correlations[0][0][0] - 0.6) < 1e-12);
  assert.equal(correlations[0][0][1], 0, "a constant slice correlates with nothing");
  assert.deepEqual([min, max], [1, 5]);
});

Deno.test("weakPairs() finds a cut in its channel and frame, and nothing else", async () => {
  const cut = cutAfter(8);
  const stack = fakeStack([2, 2, 20, 16, 16], {
    sample: (t, c, z, i) => t === 1 && c === 0 ? cut(t, c, z, i) : cutAfter(99)(t, c, z, i),
  });
  const weak = weakPairs(await survey(stack));
  assert.deepEqual(weak.map(({ t, c, z }) => [t, c, z]), [[1, 0, 8]]);
  assert.ok(weak[0].correlation < 0.3 && weak[0].median > 0.9);
});

Deno.test("surveyStack() digests slices: equal for equal ones, another for another order", async () => {
  const digest = async (sample?: (t: number, c: number, z: number, i: number) => number) =>
    (await survey(fakeStack([1, 1, 4, 16, 16], { sample }))).digest;
  const told = await digest();
  assert.equal(await digest(), told);
  assert.notEqual(await digest((_t, _c, z, i) => 2 * (3 - z) + (i % 16) * 8), told);
});
